// A coarse clock for hot loops.
#pragma once

#include "libcache/segment/clock.hpp"

namespace tickcache {

/// boot_now() as of the kernel's last clock tick, every 1 to 10 ms; four times as fast to read.
/// Resuming from suspend also advances the tick, so a time from before is never returned after it.
class TickClock {
 public:
  std::int64_t now() noexcept {
    const std::int64_t tick = read_clock(CLOCK_MONOTONIC_COARSE);
    if (tick != tick_) {
      tick_ = tick;
      now_ = boot_now();
    }
    return now_;
  }

 private:
  std::int64_t tick_ = -1;
  std::int64_t now_ = 0;
};

}  // namespace tickcache
