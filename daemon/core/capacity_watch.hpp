// Log messages about data that does not fit into the segment.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/event.hpp"
#include "daemon/platform/subscriptions.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

class CapacityWatch {
 public:
  /// `writer` outlives it.
  explicit CapacityWatch(const CacheWriter& writer) : writer_(writer) {}

  /// Whether anything did not fit since the last call.
  [[nodiscard]] bool rejected() noexcept {
    const std::uint64_t count =
        writer_.view().status().counters[static_cast<std::size_t>(Counter::rejected_capacity)].load(
            std::memory_order_relaxed);  // written by this thread
    if (count == counted_) return false;
    counted_ = count;
    return true;
  }

  /// Advice for `event`, which did not fit; empty if it was already given in this run.
  [[nodiscard]] std::string advice(const Event& event);

  /// Advice if `wanted` does not fit into this segment; empty if it does.
  [[nodiscard]] std::string advice(const Wanted& wanted) const;

 private:
  const CacheWriter& writer_;
  std::uint64_t counted_ = 0;
  bool told_ticker_ = false;
  bool told_candles_ = false;
};

}  // namespace tickcache::daemon
