// What does not fit into the segment, for the log.
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

  /// Whether something did not fit since the last call.
  [[nodiscard]] bool rejected() noexcept {
    const std::uint64_t count =
        writer_.view().status().counters[static_cast<std::size_t>(Counter::rejected_capacity)].load(
            std::memory_order_relaxed);  // written by this thread
    if (count == counted_) return false;
    counted_ = count;
    return true;
  }

  /// What to do about `event`, which did not fit; empty if that was told in this run.
  [[nodiscard]] std::string advice(const Event& event);

  /// What to do if `wanted` cannot all have room in this segment; empty if it can.
  [[nodiscard]] std::string advice(const Wanted& wanted) const;

 private:
  const CacheWriter& writer_;
  std::uint64_t counted_ = 0;
  bool told_ticker_ = false;
  bool told_candles_ = false;
};

}  // namespace tickcache::daemon
