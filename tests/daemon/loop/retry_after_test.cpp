#include "daemon/sources/net/retry_after.hpp"

#include <doctest/doctest.h>

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;

// Sun, 22 Nov 2026 08:40:08 GMT
constexpr std::int64_t kNow = 1'795'336'808'000'000'000;

struct Row {
  const char* value;
  std::optional<std::chrono::nanoseconds> expected;
};

TEST_CASE("Retry-After: seconds or a date, never negative, nothing if it is neither") {
  const Row rows[] = {
      {"0", 0s},
      {"7", 7s},
      {"120", 120s},
      {"4294967295", 4294967295s},
      {"4294967296", std::nullopt},
      {"99999999999999999999", std::nullopt},
      {"", std::nullopt},
      {"-1", std::nullopt},
      {"+1", std::nullopt},
      {"1.5", std::nullopt},
      {"7 s", std::nullopt},
      {"soon", std::nullopt},
      {"Sun, 22 Nov 2026 08:40:38 GMT", 30s},
      {"Sun, 22 Nov 2026 08:40:08 GMT", 0s},
      {"Sun, 22 Nov 2026 08:39:00 GMT", 0s},
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0s},
      {"Mon, 01 Jan 0001 00:00:00 GMT", 0s},
      {"Sun, 22 Nov 2026 08:40:38 GMT and more", std::nullopt},
      {"Sun, 22 Nov 2026", std::nullopt},
      {"2026-11-22T08:40:38Z", std::nullopt},
  };
  for (const Row& row : rows) {
    INFO(row.value);
    CHECK(parse_retry_after(row.value, kNow) == row.expected);
  }
}

TEST_CASE("Retry-After: a date further away than nanoseconds can count is just far away") {
  const auto wait = parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kNow);
  REQUIRE(wait.has_value());
  CHECK(*wait > std::chrono::hours(24 * 365 * 200));
}

TEST_CASE("Retry-After: part of a second counts") {
  CHECK(parse_retry_after("Sun, 22 Nov 2026 08:40:10 GMT", kNow + 500'000'000) == 1500ms);
}

}  // namespace
}  // namespace tickcache::daemon
