#pragma once

#include <chrono>
#include <cmath>
#include <cstdint>

namespace tickcache::sim {

// How many events are due by now, for a rate per second. Nothing is lost when a wake-up is late:
// the next one gets what it missed. Time is a parameter.
class Pacer {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // in_bursts: each second's events fall due together, at the second's end.
  Pacer(double per_second, bool in_bursts) noexcept : rate_(per_second), in_bursts_(in_bursts) {}

  // Counts from now on; what was due and not taken is forgotten.
  void restart(Time now) noexcept {
    start_ = now;
    taken_ = 0;
  }

  // The number of events due since the last call.
  std::uint64_t take(Time now) noexcept {
    double seconds = std::chrono::duration<double>(now - start_).count();
    if (in_bursts_) seconds = std::floor(seconds);
    const auto due = static_cast<std::uint64_t>(seconds > 0 ? seconds * rate_ : 0);
    const std::uint64_t fresh = due > taken_ ? due - taken_ : 0;
    taken_ += fresh;
    return fresh;
  }

 private:
  double rate_;
  bool in_bursts_;
  Time start_{};
  std::uint64_t taken_ = 0;
};

}  // namespace tickcache::sim
