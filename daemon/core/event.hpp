// What a message of the exchange says: the decoder's result.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "daemon/core/channel.hpp"
#include "tickcache/candle.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"
#include "tickcache/status.hpp"
#include "tickcache/ticker.hpp"

namespace tickcache::daemon {

/// What the decoder fills of a record is what the message says; the receive time, epoch,
/// connection, index and counts are the writer's.
struct TickEvent {
  SymbolText symbol;
  Ticker ticker;
  bool quantity_absent = false;    ///< sent, but cannot be kept exactly (Counter::absent_quantity)
  bool timestamp_ignored = false;  ///< sent, but cannot be read (Counter::ignored_timestamp)
};

struct CandleEvent {
  SymbolText symbol;
  IntervalText interval;
  Candle candle;
  bool quantity_absent = false;  ///< a volume was sent, but cannot be kept exactly
};

struct OrderEvent {
  Order order;
  bool quantity_absent = false;  ///< one of its decimals was sent, but cannot be kept exactly
  bool timestamp_ignored = false;
};

struct PortfolioEvent {
  Portfolio portfolio;
  bool quantity_absent = false;  ///< an amount was sent, but cannot be kept exactly
  bool timestamp_ignored = false;
};

struct PingEvent {};

/// {"type":"subscribed"} or {"type":"unsubscribed"}.
struct AcknowledgementEvent {
  bool subscribed = true;
  bool known = true;  ///< false: a channel name that cannot be read; `channel` says nothing
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

/// Rejected or ignored: nothing to store, count it under `why`.
struct NothingEvent {
  Counter why = Counter::rejected_json;
};

using Event = std::variant<NothingEvent, PingEvent, TickEvent, CandleEvent, OrderEvent,
                           PortfolioEvent, AcknowledgementEvent, ErrorEvent>;

}  // namespace tickcache::daemon
