// Times single operations of a few nanoseconds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bench/support/clock.hpp"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace tickcache::bench {

/// Counts what the processor's own counter counts, where there is one.
class Stopwatch {
 public:
  /// Measures the counter's rate, and what an empty measurement takes; a few milliseconds.
  Stopwatch() {
    const std::int64_t clock = monotonic_now();
    const std::uint64_t count = begin();
    while (monotonic_now() - clock < 20'000'000) {
    }
    ns_per_count_ =
        static_cast<double>(monotonic_now() - clock) / static_cast<double>(end() - count);
    std::vector<std::uint64_t> empty(10'001);
    for (std::uint64_t& sample : empty) {
      const std::uint64_t from = begin();
      sample = end() - from;
    }
    std::nth_element(empty.begin(), empty.begin() + 5'000, empty.end());
    overhead_ = empty[5'000];
  }

  /// Nothing that comes later has begun.
  static std::uint64_t begin() noexcept {
#if defined(__x86_64__)
    _mm_lfence();
    const std::uint64_t count = __rdtsc();
    _mm_lfence();
    return count;
#else
    return static_cast<std::uint64_t>(monotonic_now());
#endif
  }
  /// Everything that came before has ended.
  static std::uint64_t end() noexcept {
#if defined(__x86_64__)
    unsigned ignored = 0;
    const std::uint64_t count = __rdtscp(&ignored);
    _mm_lfence();
    return count;
#else
    return static_cast<std::uint64_t>(monotonic_now());
#endif
  }

  /// Nanoseconds between begin() and end(), without what measuring takes.
  [[nodiscard]] std::int64_t elapsed(std::uint64_t from, std::uint64_t to) const noexcept {
    const std::uint64_t counts = to - from;
    if (counts <= overhead_) return 0;
    return static_cast<std::int64_t>(static_cast<double>(counts - overhead_) * ns_per_count_ + 0.5);
  }

 private:
  double ns_per_count_ = 1;
  std::uint64_t overhead_ = 0;
};

}  // namespace tickcache::bench
