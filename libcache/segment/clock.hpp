// The clocks of the segment's timestamps.
#pragma once

#include <time.h>

#include <cstdint>

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

}  // namespace tickcache
