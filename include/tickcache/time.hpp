// The two clocks of the records. Their times are of different types, so that neither is taken for
// the other: a Unix time can be set back and says when, a boot time only ever advances and says how
// long.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "tickcache/export.hpp"

namespace tickcache {

/// CLOCK_BOOTTIME: it also counts while the machine is suspended. A Clock of std::chrono.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;

  /// Any thread may call it.
  TICKCACHE_EXPORT static time_point now() noexcept;
};

using BootTime = BootClock::time_point;
using UnixTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// The time of a record's field.
constexpr BootTime boot_time(std::int64_t ns) noexcept {
  return BootTime(std::chrono::nanoseconds(ns));
}
/// The same; nothing for 0, which means that there is none.
constexpr std::optional<UnixTime> unix_time(std::int64_t ns) noexcept {
  if (ns == 0) return std::nullopt;
  return UnixTime(std::chrono::nanoseconds(ns));
}

}  // namespace tickcache
