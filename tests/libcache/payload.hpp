// Records that check themselves: every field follows from one number, so a record that is put
// together from two is told from a whole one.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "libcache/writer/writer.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::test {

inline constexpr std::int64_t kSecond = 1'000'000'000;

inline SymbolText symbol(std::string_view text) {
  SymbolText result;
  result.assign(text);
  return result;
}

inline IntervalText interval(std::string_view text) {
  IntervalText result;
  result.assign(text);
  return result;
}

/// splitmix64's finisher: neighbouring numbers give unrelated ones.
constexpr std::uint64_t mix(std::uint64_t n) noexcept {
  n += 0x9e3779b97f4a7c15U;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9U;
  n = (n ^ (n >> 27)) * 0x94d049bb133111ebU;
  return n ^ (n >> 31);
}

constexpr std::int64_t positive(std::uint64_t n) noexcept {
  return static_cast<std::int64_t>(mix(n) >> 2) + 1;
}

inline Decimal decimal(std::uint64_t n) noexcept {
  return {positive(n), static_cast<std::uint8_t>(mix(n) % 19), {}};
}

/// The tick with `updates` = n.
inline Ticker make_ticker(std::uint64_t n) noexcept {
  Ticker ticker;
  ticker.set_price(decimal(n));
  ticker.set_quantity(decimal(n + 1));
  ticker.set_buyer_is_maker(n % 2 == 0);
  ticker.exchange_time_ns = positive(n + 2);
  return ticker;
}

inline bool is_whole(const Ticker& ticker) noexcept {
  const Ticker wanted = make_ticker(ticker.updates);
  return ticker.price().same_digits(wanted.price()) && ticker.quantity() &&
         ticker.quantity()->same_digits(*wanted.quantity()) &&
         ticker.buyer_is_maker() == wanted.buyer_is_maker() &&
         ticker.exchange_time_ns == wanted.exchange_time_ns && ticker.not_stored == 0;
}

template <std::size_t N>
void fill(Text<N>& text, std::uint64_t n) {
  char bytes[N];
  for (std::size_t i = 0; i < N - 1; ++i) bytes[i] = static_cast<char>('a' + mix(n + i) % 26);
  text.assign({bytes, N - 1});
}

/// Order number n; filled_at_ns is n.
inline Order make_order(std::uint64_t n) {
  Order order;
  fill(order.id, n);
  fill(order.symbol, n + 1);
  fill(order.status, n + 2);
  fill(order.type, n + 3);
  fill(order.side, n + 4);
  fill(order.rejected_reason, n + 5);
  for (std::size_t i = 0; i < std::size(order.decimals); ++i) order.decimals[i] = decimal(n + i);
  order.fields = static_cast<std::uint8_t>(mix(n) % 32);
  order.filled_at_ns = static_cast<std::int64_t>(n);
  order.cancelled_at_ns = positive(n);
  fill(order.data, n + 6);
  return order;
}

inline bool is_whole(const Order& order) {
  Order wanted = make_order(static_cast<std::uint64_t>(order.filled_at_ns));
  wanted.received_ns = order.received_ns;
  wanted.gap_since_ns = order.gap_since_ns;
  wanted.epoch = order.epoch;
  wanted.connection = order.connection;
  wanted.origin = order.origin;
  return std::memcmp(&wanted, &order, sizeof order) == 0;
}

/// Candle number n, of minute n.
inline Candle make_candle(std::uint64_t n, bool closed) {
  Candle candle;
  candle.open_time_ns = static_cast<std::int64_t>(n) * 60 * kSecond;
  candle.open = decimal(n);
  candle.high = decimal(n + 1);
  candle.low = decimal(n + 2);
  candle.close = decimal(n + 3);
  fill(candle.volume, n);
  candle.closed = closed ? 1 : 0;
  return candle;
}

inline std::uint64_t number_of(const Candle& candle) noexcept {
  return static_cast<std::uint64_t>(candle.open_time_ns / (60 * kSecond));
}

inline bool is_whole(const Candle& candle) {
  Candle wanted = make_candle(number_of(candle), candle.closed != 0);
  wanted.received_ns = candle.received_ns;
  wanted.epoch = candle.epoch;
  wanted.connection = candle.connection;
  return std::memcmp(&wanted, &candle, sizeof candle) == 0;
}

/// Snapshot number n; exchange_time_ns is n.
inline Portfolio make_portfolio(std::uint64_t n) {
  Portfolio portfolio;
  fill(portfolio.total_equity, n);
  fill(portfolio.available_cash, n + 1);
  fill(portfolio.unrealized_pnl, n + 2);
  fill(portfolio.realized_pnl, n + 3);
  fill(portfolio.roi_pct, n + 4);
  portfolio.exchange_time_ns = static_cast<std::int64_t>(n);
  return portfolio;
}

inline bool is_whole(const Portfolio& portfolio) {
  Portfolio wanted = make_portfolio(static_cast<std::uint64_t>(portfolio.exchange_time_ns));
  wanted.received_ns = portfolio.received_ns;
  wanted.epoch = portfolio.epoch;
  wanted.connection = portfolio.connection;
  wanted.origin = portfolio.origin;
  return std::memcmp(&wanted, &portfolio, sizeof portfolio) == 0;
}

/// A writer of a small segment.
inline WriterOptions options(const std::string& segment) {
  WriterOptions result;
  result.segment = segment;
  result.capacities = {64, 1024};
  result.url = "wss://exchange.test/ws/v1";
  result.key = "key-of-the-tests";
  result.version = "0.0.1-test";
  return result;
}

/// Of a daemon that counts as alive for an hour without a heartbeat.
inline WriterOptions long_lived(const std::string& name) {
  WriterOptions result = options(name);
  result.liveness_timeout_ns = 3600 * kSecond;
  return result;
}

}  // namespace tickcache::test
