// The clocks that measurements are taken with.
#pragma once

#include <time.h>

#include <cstdint>

namespace tickcache::bench {

constexpr std::int64_t kSecond = 1'000'000'000;

inline std::int64_t now_of(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return std::int64_t{now.tv_sec} * kSecond + now.tv_nsec;
}

inline std::int64_t monotonic_now() noexcept { return now_of(CLOCK_MONOTONIC); }

/// The clock that tickcache's stamps are taken from.
inline std::int64_t boot_now() noexcept { return now_of(CLOCK_BOOTTIME); }

inline void sleep_until(std::int64_t boot_time) noexcept {
  const timespec until{boot_time / kSecond, boot_time % kSecond};
  clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, nullptr);
}

constexpr std::int64_t seconds_to_ns(double seconds) noexcept {
  return static_cast<std::int64_t>(seconds * static_cast<double>(kSecond));
}

}  // namespace tickcache::bench
