// A segment to be opened, and to be spoilt.
#pragma once

#include <string>

#include "libcache/writer/writer.hpp"
#include "tests/libcache/times.hpp"

namespace tickcache::test {

/// A segment with some of everything in it, whose daemon is dead.
inline void make_segment(const std::string& name) {
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kNow);
  for (std::uint64_t i = 1; i <= 40; ++i) {
    writer.ticker(0, symbol("SYM" + std::to_string(i % 8)), make_ticker((i - 1) / 8 + 1), kNow);
    writer.order(0, make_order(i), kNow);
    writer.portfolio(0, make_portfolio(i), kNow);
    writer.candle(0, symbol("SYM1"), interval("1m"), make_candle(i, true), kNow);
  }
  writer.candle(0, symbol("SYM1"), interval("1m"), make_candle(41, false), kNow);
  writer.set_channel(ChannelKind::orders, {}, {}, 0, ChannelState::refused, "why", kNow);
  writer.set_connection(0, ConnectionState::waiting, kNow);
  writer.begin_epoch(0, kNow, kNow);
}

}  // namespace tickcache::test
