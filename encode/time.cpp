#include "encode/time.hpp"

#include <fmt/format.h>
#include <time.h>

#include <chrono>
#include <utility>

#include "tickcache/tickcache.hpp"

namespace tickcache::encode {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// Date and time of day without a fraction and without the closing Z, and the nanoseconds left.
std::pair<std::string, std::int64_t> split_time(std::int64_t unix_ns) {
  std::int64_t seconds = unix_ns / kSecond;
  std::int64_t rest = unix_ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  const time_t whole = seconds;
  tm date{};
  gmtime_r(&whole, &date);
  return {fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.tm_year + 1900, date.tm_mon + 1,
                      date.tm_mday, date.tm_hour, date.tm_min, date.tm_sec),
          rest};
}

}  // namespace

std::string utc_time(std::int64_t unix_ns) {
  const auto [whole, rest] = split_time(unix_ns);
  if (rest % 1'000'000 == 0) return fmt::format("{}.{:03}Z", whole, rest / 1'000'000);
  if (rest % 1'000 == 0) return fmt::format("{}.{:06}Z", whole, rest / 1'000);
  return fmt::format("{}.{:09}Z", whole, rest);
}

std::string utc_seconds(std::int64_t unix_ns) { return split_time(unix_ns).first + "Z"; }

Clocks Clocks::now() noexcept {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {boot_clock().count(), std::chrono::duration_cast<std::chrono::nanoseconds>(wall).count()};
}

}  // namespace tickcache::encode
