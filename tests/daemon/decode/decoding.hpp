// What every test of the decoder needs: reading an event, and what must hold for any event.
#pragma once

#include <algorithm>
#include <memory>
#include <string_view>
#include <variant>

#include "daemon/decode/decode.hpp"

namespace tickcache::daemon {

/// Decodes from a block of exactly the message's size, so that AddressSanitizer sees any byte read
/// outside of it, and frees it, so that it sees any reference that is kept to it.
inline const Event& decode_exactly(Decoder& decoder, std::string_view message) {
  const auto copy = std::make_unique<char[]>(message.size());
  std::copy(message.begin(), message.end(), copy.get());
  return decoder.decode({copy.get(), message.size()});
}

inline bool is_symbol(const SymbolText& symbol) {
  const std::string_view text = symbol.view();
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '\x7F' ||
           (c >= 'a' && c <= 'z');
  });
}

inline bool is_positive(Decimal price) {
  return price.mantissa > 0 && price.scale <= Decimal::kMaxScale;
}

/// What holds for an event, whatever the message was.
struct IsSound {
  bool operator()(const NothingEvent& event) const {
    return (event.why >= Counter::rejected_json && event.why <= Counter::rejected_field) ||
           event.why == Counter::ignored_type;
  }
  bool operator()(const PingEvent&) const { return true; }
  bool operator()(const TickEvent& event) const {
    return is_symbol(event.symbol) && is_positive(event.ticker.price()) &&
           event.ticker.exchange_time_ns >= 0 &&
           !(event.quantity_absent && event.ticker.quantity());
  }
  bool operator()(const CandleEvent& event) const {
    const Candle& candle = event.candle;
    return is_symbol(event.symbol) && !event.interval.empty() && is_positive(candle.open) &&
           is_positive(candle.high) && is_positive(candle.low) && is_positive(candle.close) &&
           candle.closed <= 1 && candle.open_time_ns >= 0;
  }
  bool operator()(const OrderEvent& event) const {
    const Order& order = event.order;
    return !order.id.empty() && (order.symbol.empty() || is_symbol(order.symbol)) &&
           order.data.bytes[0] == '{' &&
           ((order.flags & Order::kDataCut) || order.data.view().back() == '}');
  }
  bool operator()(const PortfolioEvent& event) const {
    const Portfolio& portfolio = event.portfolio;
    return !(portfolio.total_equity.empty() && portfolio.available_cash.empty() &&
             portfolio.unrealized_pnl.empty() && portfolio.realized_pnl.empty() &&
             portfolio.roi_pct.empty());
  }
  bool operator()(const AcknowledgementEvent& event) const {
    const bool one =
        event.channel.kind == ChannelKind::ticker || event.channel.kind == ChannelKind::candles;
    return one ? is_symbol(event.channel.symbol) : event.channel.symbol.empty();
  }
  bool operator()(const ErrorEvent&) const { return true; }
};

inline bool is_sound(const Event& event) { return std::visit(IsSound{}, event); }

}  // namespace tickcache::daemon
