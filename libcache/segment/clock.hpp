// The clocks that the segment's stamps are taken from.
#pragma once

#include <time.h>

#include <cstdint>

namespace tickcache {

inline std::int64_t read_clock(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// CLOCK_BOOTTIME, for ages and heartbeats: it counts through sleep, and nobody sets it.
inline std::int64_t boot_now() noexcept { return read_clock(CLOCK_BOOTTIME); }

/// Unix time, only to show.
inline std::int64_t unix_now() noexcept { return read_clock(CLOCK_REALTIME); }

}  // namespace tickcache
