// Numbers and times as a person reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tickcache::cli {

/// "0.2 s", "41 s", "3 min", "5 h", "4 days"; rounded down, and never below zero.
[[nodiscard]] std::string age_text(std::int64_t ns);

/// "12,345"
[[nodiscard]] std::string grouped(std::uint64_t number);

/// "1 message", "12,345 messages"
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view noun);

/// "512 bytes", "11.9 MB", "24.0 GB"; rounded down.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

/// ISO 8601 in UTC with the digits that are there, at least milliseconds:
/// "2026-02-23T15:30:45.123Z".
[[nodiscard]] std::string utc_time(std::int64_t unix_ns);

/// The same without a fraction: "2026-02-23T15:30:45Z".
[[nodiscard]] std::string utc_seconds(std::int64_t unix_ns);

/// Both clocks at one moment, to turn the segment's stamps into dates.
struct Clocks {
  std::int64_t boot_ns = 0;
  std::int64_t unix_ns = 0;

  static Clocks now() noexcept;

  [[nodiscard]] std::int64_t age(std::int64_t boot_stamp) const noexcept {
    return boot_ns - boot_stamp;
  }
  /// In whole milliseconds: the two clocks are not read at the same nanosecond.
  [[nodiscard]] std::int64_t to_unix(std::int64_t boot_stamp) const noexcept {
    return (unix_ns - age(boot_stamp)) / 1'000'000 * 1'000'000;
  }
};

}  // namespace tickcache::cli
