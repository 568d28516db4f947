// Times as text, and CLOCK_BOOTTIME timestamps as Unix time.
#pragma once

#include <cstdint>
#include <string>

namespace tickcache::encode {

/// ISO 8601 in UTC, with 3, 6 or 9 fraction digits as needed: "2026-02-23T15:30:45.123Z".
[[nodiscard]] std::string utc_time(std::int64_t unix_ns);

/// The same without a fraction: "2026-02-23T15:30:45Z".
[[nodiscard]] std::string utc_seconds(std::int64_t unix_ns);

/// Both clocks at one moment, to convert the segment's timestamps.
struct Clocks {
  std::int64_t boot_ns = 0;
  std::int64_t unix_ns = 0;

  static Clocks now() noexcept;

  [[nodiscard]] std::int64_t age(std::int64_t boot_stamp) const noexcept {
    return boot_ns - boot_stamp;
  }
  /// In whole milliseconds, since the two clocks are not read at the same nanosecond.
  [[nodiscard]] std::int64_t to_unix(std::int64_t boot_stamp) const noexcept {
    return (unix_ns - age(boot_stamp)) / 1'000'000 * 1'000'000;
  }
};

}  // namespace tickcache::encode
