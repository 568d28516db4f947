// The closed candles of a series in the segment.
#pragma once

#include <cstdint>
#include <optional>

#include "libcache/segment/segment_view.hpp"

namespace tickcache::daemon {

/// The newest stored candle for which `matches` returns true. Reads only as many as it takes.
template <class Matches>
std::optional<Candle> find_stored(const WritableSegmentView& view, std::uint32_t slot,
                                  Matches&& matches) {
  const auto ring = view.closed_candles(slot);
  for (std::uint64_t at = ring.head(); at > 0; --at) {
    Candle candle;
    if (ring.read(at, candle) != ReadResult::ok || candle.received_ns == 0) break;
    if (matches(candle)) return candle;
  }
  return std::nullopt;
}

}  // namespace tickcache::daemon
