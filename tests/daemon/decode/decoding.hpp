// What every test of the decoder needs: reading an event, and what must hold for any event.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "daemon/platform/decode.hpp"

namespace tickcache::daemon {

/// Equal to the last byte, also behind the ends of texts.
template <class T>
bool same_bytes(const T& a, const T& b) {
  static_assert(std::is_trivially_copyable_v<T>);
  return std::memcmp(&a, &b, sizeof a) == 0;
}

/// Whether two events say the same in every field.
struct IsSame {
  template <class A, class B>
  bool operator()(const A&, const B&) const {
    return false;
  }
  bool operator()(const NothingEvent& a, const NothingEvent& b) const { return a.why == b.why; }
  bool operator()(const PingEvent&, const PingEvent&) const { return true; }
  bool operator()(const TickEvent& a, const TickEvent& b) const {
    return same_bytes(a.symbol, b.symbol) && same_bytes(a.ticker, b.ticker) &&
           a.quantity_absent == b.quantity_absent && a.timestamp_ignored == b.timestamp_ignored;
  }
  bool operator()(const CandleEvent& a, const CandleEvent& b) const {
    return same_bytes(a.symbol, b.symbol) && same_bytes(a.interval, b.interval) &&
           same_bytes(a.candle, b.candle) && a.quantity_absent == b.quantity_absent;
  }
  bool operator()(const OrderEvent& a, const OrderEvent& b) const {
    return same_bytes(a.order, b.order) && a.quantity_absent == b.quantity_absent &&
           a.timestamp_ignored == b.timestamp_ignored;
  }
  bool operator()(const PortfolioEvent& a, const PortfolioEvent& b) const {
    return same_bytes(a.portfolio, b.portfolio) && a.quantity_absent == b.quantity_absent &&
           a.timestamp_ignored == b.timestamp_ignored;
  }
  bool operator()(const AcknowledgementEvent& a, const AcknowledgementEvent& b) const {
    return a.subscribed == b.subscribed && a.known == b.known && a.channel == b.channel;
  }
  bool operator()(const ErrorEvent& a, const ErrorEvent& b) const {
    return a.code == b.code && same_bytes(a.code_text, b.code_text) &&
           same_bytes(a.message, b.message);
  }
};

inline bool is_same(const Event& a, const Event& b) { return std::visit(IsSame{}, a, b); }

/// Decodes from a block of exactly the message's size, so that AddressSanitizer sees any byte read
/// outside of it, and frees it, so that it sees any reference that is kept to it. Throws if the
/// general way alone comes to another result.
inline const Event& decode_exactly(Decoder& decoder, std::string_view message) {
  const auto copy = std::make_unique<char[]>(message.size());
  std::copy(message.begin(), message.end(), copy.get());
  const std::string_view exactly(copy.get(), message.size());
  const Event general = decoder.decode_in_general(exactly);
  const Event& event = decoder.decode(exactly);
  if (!is_same(event, general)) {
    throw std::logic_error("the two ways to decode differ: " + std::string(message));
  }
  return event;
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
