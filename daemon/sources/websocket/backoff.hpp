// The delay before the next connection attempt.
#pragma once

#include <algorithm>
#include <cstdint>

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
    const double extra = timing.jitter * uniform() * static_cast<double>(delay.count());
    return delay + Time{static_cast<Time::rep>(extra)};
  }
  void reset() { failures_ = 0; }

 private:
  /// In [0, 1), by splitmix64: small, and reproducible from the seed on any platform.
  double uniform() {
    std::uint64_t x = (random_ += 0x9e3779b97f4a7c15U);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1.0p-53;
  }

  std::uint64_t random_;
  unsigned failures_ = 0;
};

}  // namespace tickcache::daemon
