// Converts records to those of the C interface.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "tickcache/tickcache.h"
#include "tickcache/tickcache.hpp"

namespace tickcache {

// Decimals, candles and portfolios have the same bytes in both languages; so has an order after its
// position.
static_assert(sizeof(tickcache_decimal) == sizeof(Decimal));
inline constexpr std::size_t kOrderOffset = offsetof(tickcache_order, id);
static_assert(sizeof(tickcache_order) == kOrderOffset + sizeof(Order));
static_assert(offsetof(tickcache_order, quantity) == kOrderOffset + offsetof(Order, decimals));
static_assert(offsetof(tickcache_order, filled_at_ns) ==
              kOrderOffset + offsetof(Order, filled_at_ns));
static_assert(offsetof(tickcache_order, epoch) == kOrderOffset + offsetof(Order, epoch));
static_assert(offsetof(tickcache_order, data) == kOrderOffset + offsetof(Order, data));
static_assert(sizeof(tickcache_candle) == sizeof(Candle));
static_assert(offsetof(tickcache_candle, volume) == offsetof(Candle, volume));
static_assert(offsetof(tickcache_candle, epoch) == offsetof(Candle, epoch));
static_assert(offsetof(tickcache_candle, flags) == offsetof(Candle, flags));
static_assert(TICKCACHE_CANDLE_INCOMPLETE == Candle::kIncomplete);
static_assert(TICKCACHE_CANDLE_HISTORY == Candle::kHistory);
static_assert(TICKCACHE_ORIGIN_TICKS == static_cast<int>(Source::ticks));
static_assert(sizeof(tickcache_portfolio) == sizeof(Portfolio));
static_assert(offsetof(tickcache_portfolio, exchange_time_ns) ==
              offsetof(Portfolio, exchange_time_ns));

static_assert(offsetof(tickcache_order, origin) == kOrderOffset + offsetof(Order, origin));
static_assert(offsetof(tickcache_portfolio, origin) == offsetof(Portfolio, origin));
static_assert(TICKCACHE_ORIGIN_REST == static_cast<int>(Source::rest));

static_assert(TICKCACHE_LIVE == static_cast<int>(Freshness::live));
static_assert(TICKCACHE_STALE == static_cast<int>(Freshness::stale));
static_assert(TICKCACHE_DOWN == static_cast<int>(Freshness::down));
static_assert(TICKCACHE_CHANNEL_ALL_TICKERS == static_cast<int>(ChannelKind::all_tickers));
static_assert(TICKCACHE_CHANNEL_CANDLES == static_cast<int>(ChannelKind::candles));
static_assert(TICKCACHE_CHANNEL_PORTFOLIO == static_cast<int>(ChannelKind::portfolio));

inline tickcache_decimal to_c(const Decimal& value) noexcept {
  return {value.mantissa, value.scale, {}};
}

inline void to_c(const Ticker& from, tickcache_ticker& to) noexcept {
  to = {};
  to.price = to_c(from.price());
  if (const auto quantity = from.quantity()) {
    to.quantity = to_c(*quantity);
    to.has_quantity = 1;
  }
  const auto maker = from.buyer_is_maker();
  to.buyer_is_maker = static_cast<std::int8_t>(maker ? int{*maker} : -1);
  to.exchange_time_ns = from.exchange_time_ns;
  to.received_ns = from.received_ns;
  to.updates = from.updates;
  to.epoch = from.epoch;
  to.connection = from.connection;
  to.snapshot = from.is_snapshot() ? 1 : 0;
  to.lag_ms = from.lag_ms;
  to.overtaken = from.is_overtaken() ? 1 : 0;
}

inline void to_c(const Order& from, std::uint64_t position, tickcache_order& to) noexcept {
  to.position = position;
  std::memcpy(reinterpret_cast<std::byte*>(&to) + kOrderOffset, &from, sizeof from);
}

template <std::size_t N>
void copy_text(const Text<N>& from, char (&to)[N]) noexcept {
  std::memcpy(to, from.bytes, N);
}

/// Copies `what` to the caller's message buffer, truncated if necessary, and returns `code`.
inline int give_message(OpenError code, std::string_view what, char* message,
                        std::size_t message_size) noexcept {
  if (message != nullptr && message_size > 0) {
    const std::size_t size = std::min(what.size(), message_size - 1);
    std::memcpy(message, what.data(), size);
    message[size] = '\0';
  }
  return static_cast<int>(code);
}

/// 0, or -1 if there is no such strategy. `waiting` is a Reader or Feed.
template <class Waiting>
int set_idle_strategy_of(Waiting& waiting, int strategy) noexcept {
  if (strategy < TICKCACHE_IDLE_SLEEP || strategy > TICKCACHE_IDLE_SPIN) return -1;
  waiting.set_idle_strategy(static_cast<IdleStrategy>(strategy));
  return 0;
}

/// Creates the object behind a C handle. `segment` may be null.
template <class Handle>
int open_for_c(const char* segment, Handle** handle, char* message,
               std::size_t message_size) noexcept {
  *handle = nullptr;
  try {
    *handle = new Handle(segment == nullptr ? std::string_view() : segment);
    return TICKCACHE_OK;
  } catch (const SegmentError& error) {
    return give_message(error.code(), error.what(), message, message_size);
  } catch (const std::exception& error) {
    return give_message(OpenError::system, error.what(), message, message_size);
  }
}

}  // namespace tickcache
