// A channel that can be subscribed to.
#pragma once

#include "tickcache/status.hpp"
#include "tickcache/text.hpp"

namespace tickcache::daemon {

struct Channel {
  ChannelKind kind = ChannelKind::all_tickers;
  SymbolText symbol;      ///< of tickers and candles
  IntervalText interval;  ///< of candles

  friend bool operator==(const Channel& a, const Channel& b) {
    return a.kind == b.kind && a.symbol == b.symbol && a.interval == b.interval;
  }
};

}  // namespace tickcache::daemon
