#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace tickcache::sim {

// Nanoseconds since boot, sleep included: the clock that a reader of prices measures ages on.
inline std::int64_t boottime_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// The exchange's own idea of the time of day. Belongs to one thread at a time.
class Clock {
 public:
  explicit Clock(std::chrono::milliseconds step) noexcept : step_(step) {}

  // From now on this far ahead of the machine's clock, or behind it if negative.
  void step(std::chrono::milliseconds by) noexcept { step_ = by; }

  // Since 1970.
  std::int64_t microseconds() const noexcept {
    using namespace std::chrono;
    return duration_cast<std::chrono::microseconds>(system_clock::now().time_since_epoch() + step_)
        .count();
  }
  std::int64_t milliseconds() const noexcept { return microseconds() / 1000; }

 private:
  std::chrono::milliseconds step_;
};

}  // namespace tickcache::sim
