// The times that tests of a segment give, which has no clock of its own.
#pragma once

#include <chrono>
#include <cstdint>

#include "tests/libcache/payload.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::test {

inline constexpr std::int64_t kNow =
    1'000'000 * kSecond;  ///< CLOCK_BOOTTIME when the daemon starts
inline constexpr std::int64_t kUnix = 1'700'000'000 * kSecond;

inline Query at(std::int64_t now, std::int64_t max_age = Query::kAnyAge.count()) {
  Query query;
  query.now = boot_time(now);
  query.max_age = std::chrono::nanoseconds(max_age);
  return query;
}

}  // namespace tickcache::test
