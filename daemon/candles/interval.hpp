// The intervals of which candles are made.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

struct MadeInterval {
  std::string_view name;
  Time length{};
  std::string_view asked;  ///< REST has these candles, of which the interval takes `ratio`
  unsigned ratio = 1;
};

inline constexpr MadeInterval kMadeIntervals[] = {
    {"1m", std::chrono::minutes(1), "1m", 1},   {"5m", std::chrono::minutes(5), "5m", 1},
    {"15m", std::chrono::minutes(15), "5m", 3}, {"1h", std::chrono::hours(1), "1h", 1},
    {"4h", std::chrono::hours(4), "1h", 4},     {"1d", std::chrono::hours(24), "1d", 1},
};

/// Null for any other interval.
constexpr const MadeInterval* made_interval(std::string_view name) noexcept {
  for (const MadeInterval& interval : kMadeIntervals) {
    if (interval.name == name) return &interval;
  }
  return nullptr;
}

/// When the interval of `length` with this moment in it began; both Unix time, not negative.
constexpr std::int64_t open_time(std::int64_t time_ns, Time length) noexcept {
  return time_ns - time_ns % length.count();
}

/// Their names, for people: "1m, 5m, …".
inline std::string made_intervals() {
  std::string names;
  for (const MadeInterval& interval : kMadeIntervals) {
    names.append(names.empty() ? "" : ", ").append(interval.name);
  }
  return names;
}

}  // namespace tickcache::daemon
