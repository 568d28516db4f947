// A decoded message of the exchange.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "tickcache/candle.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"
#include "tickcache/status.hpp"
#include "tickcache/text.hpp"
#include "tickcache/ticker.hpp"

namespace tickcache::daemon {

struct Channel {
  ChannelKind kind = ChannelKind::all_tickers;
  SymbolText symbol;      ///< of tickers and candles
  IntervalText interval;  ///< of candles

  bool operator==(const Channel&) const = default;
};

/// The decoder fills a record from the message only. The writer adds receive time, epoch,
/// connection, index and counts.
struct TickEvent {
  SymbolText symbol;
  Ticker ticker;
  bool quantity_absent = false;    ///< sent, but does not fit exactly (Counter::absent_quantity)
  bool timestamp_ignored = false;  ///< sent, but malformed (Counter::ignored_timestamp)
};

struct CandleEvent {
  SymbolText symbol;
  IntervalText interval;
  Candle candle;
  bool quantity_absent = false;  ///< a volume was sent, but does not fit exactly
};

struct OrderEvent {
  Order order;
  bool quantity_absent = false;  ///< a decimal was sent, but does not fit exactly
  bool timestamp_ignored = false;
};

struct PortfolioEvent {
  Portfolio portfolio;
  bool quantity_absent = false;  ///< an amount was sent, but does not fit exactly
  bool timestamp_ignored = false;
};

struct PingEvent {};

/// {"type":"subscribed"} or {"type":"unsubscribed"}.
struct AcknowledgementEvent {
  bool subscribed = true;
  bool known = true;  ///< false: the channel name is unknown, and `channel` is meaningless
  Channel channel;
};

enum class ErrorCode : std::uint8_t {
  invalid_channel,
  subscription_limit,
  unknown_action,
  authentication,  ///< any code that contains AUTH, or INVALID_API_KEY
  other,
};

/// {"type":"error"}.
struct ErrorEvent {
  ErrorCode code = ErrorCode::other;
  Text<32> code_text;
  Text<96> message;
};

/// Channels of which data was lost.
struct LostData {
  std::array<Channel, 8> channels{};
  std::size_t count = 0;

  /// More tickers than fit mean all of them.
  void add(const Channel& channel) noexcept {
    if (count < channels.size()) {
      channels[count++] = channel;
    } else if (channel.kind == ChannelKind::ticker) {
      channels.back() = {ChannelKind::all_tickers, {}, {}};
    }
  }
};

/// Rejected or ignored: nothing to store, only `why` to count.
struct NothingEvent {
  Counter why = Counter::rejected_json;
  LostData lost = {};  ///< by a rejected message, as far as can be told
};

/// Which subscription data comes from.
enum class Belongs : std::uint8_t {
  nowhere,  ///< to a session that is over: ignore it
  unasked,  ///< to no wanted channel
  earlier,  ///< possibly to a subscription that has ended: it was under way
  present,
};

using Event = std::variant<NothingEvent, PingEvent, TickEvent, CandleEvent, OrderEvent,
                           PortfolioEvent, AcknowledgementEvent, ErrorEvent>;

}  // namespace tickcache::daemon
