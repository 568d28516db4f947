// The clocks of the segment's timestamps, and a coarse one.
#pragma once

#include <time.h>

#include <cstdint>
#include <limits>

namespace tickcache {

inline std::int64_t read_clock(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// CLOCK_BOOTTIME, for ages and heartbeats: it counts during suspend and cannot be set.
inline std::int64_t boot_now() noexcept { return read_clock(CLOCK_BOOTTIME); }

/// Unix time, for display only.
inline std::int64_t unix_now() noexcept { return read_clock(CLOCK_REALTIME); }

/// The end of a wait that begins at `now`, for no longer than there is time.
inline std::int64_t deadline_after(std::int64_t now, std::int64_t timeout_ns) noexcept {
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  return timeout_ns > kNever - now ? kNever : now + timeout_ns;
}

/// A coarse clock for hot loops: boot_now() as of the kernel's last clock tick, every 1 to 10 ms;
/// four times as fast to read. Resuming from suspend also advances the tick, so a time from before
/// is never returned after it.
class TickClock {
 public:
  /// Linux takes over a processor's missing ticks after five of its own.
  static constexpr std::int64_t kMostTicks = 6;

  TickClock() noexcept {
    timespec tick{};
    clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    lag_ = kMostTicks * (std::int64_t{tick.tv_sec} * 1'000'000'000 + tick.tv_nsec);
  }

  /// At most lag() before boot_now().
  std::int64_t now() noexcept {
    const std::int64_t tick = read_clock(CLOCK_MONOTONIC_COARSE);
    if (tick != tick_) {
      tick_ = tick;
      now_ = boot_now();
    }
    return now_;
  }
  /// Usually a tick; this even if the processor that keeps the time is held up.
  [[nodiscard]] std::int64_t lag() const noexcept { return lag_; }

 private:
  std::int64_t tick_ = -1;
  std::int64_t now_ = 0;
  std::int64_t lag_ = 0;
};

}  // namespace tickcache
