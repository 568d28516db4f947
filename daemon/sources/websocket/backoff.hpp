// The delay before the next connection attempt.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// Starts at backoff_min and doubles with each failure, up to backoff_max.
class Backoff {
 public:
  explicit Backoff(std::uint64_t seed) : random_(seed) {}

  /// The delay after one more failure; at least `at_least`.
  Time next(const Timing& timing, Time at_least) {
    Time delay = timing.backoff_min;
    for (unsigned i = 0; i < failures_ && delay < timing.backoff_max; ++i) delay *= 2;
    delay = std::max(std::min(delay, timing.backoff_max), at_least);
    ++failures_;
    const double part = std::uniform_real_distribution(0.0, timing.jitter)(random_);
    const double extra = part * static_cast<double>(delay.count());
    return delay + Time{static_cast<Time::rep>(extra)};
  }
  void reset() { failures_ = 0; }

 private:
  std::mt19937_64 random_;
  unsigned failures_ = 0;
};

}  // namespace tickcache::daemon
