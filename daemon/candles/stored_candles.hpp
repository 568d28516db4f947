// The closed candles of a series in the segment.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "libcache/segment/segment_view.hpp"

namespace tickcache::daemon {

/// The stored closed candle of that time, the newest if there are several.
inline std::optional<Candle> stored_candle(const std::vector<Candle>& newest_first,
                                           std::int64_t time) {
  const auto at = std::find_if(newest_first.begin(), newest_first.end(),
                               [&](const Candle& one) { return one.open_time_ns == time; });
  if (at == newest_first.end()) return std::nullopt;
  return *at;
}

/// The closed candles of a series in the segment.
inline std::vector<Candle> stored_candles(const WritableSegmentView& view, std::uint32_t slot) {
  std::vector<Candle> newest_first;
  const auto ring = view.closed_candles(slot);
  for (std::uint64_t at = ring.head(); at > 0; --at) {
    Candle candle;
    if (ring.read(at, candle) != ReadResult::ok || candle.received_ns == 0) break;
    newest_first.push_back(candle);
  }
  return newest_first;
}

}  // namespace tickcache::daemon
