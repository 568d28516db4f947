#include "cli/print/text.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "encode/time.hpp"

using namespace tickcache::cli;
using namespace tickcache::encode;

namespace {
constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1000 * kMs;
}  // namespace

TEST_CASE("ages are rounded down to what a person wants to know") {
  CHECK(age_text(-5) == "0.0 s");
  CHECK(age_text(0) == "0.0 s");
  CHECK(age_text(299 * kMs) == "0.2 s");
  CHECK(age_text(9'999 * kMs) == "9.9 s");
  CHECK(age_text(10 * kSecond) == "10 s");
  CHECK(age_text(41 * kSecond + 999 * kMs) == "41 s");
  CHECK(age_text(119 * kSecond) == "119 s");
  CHECK(age_text(239 * kSecond) == "3 min");
  CHECK(age_text(7199 * kSecond) == "119 min");
  CHECK(age_text(7200 * kSecond) == "2 h");
  CHECK(age_text(3 * 86400 * kSecond) == "3 days");
  CHECK(age_text(INT64_MAX) == "106751 days");
  CHECK(age_text(INT64_MIN) == "0.0 s");
}

TEST_CASE("numbers are grouped and counted") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(UINT64_MAX) == "18,446,744,073,709,551,615");
  CHECK(counted(1, "message") == "1 message");
  CHECK(counted(0, "message") == "0 messages");
}

TEST_CASE("times keep the digits that are there, at least milliseconds") {
  constexpr std::int64_t kTime = 1'771'860'645 * kSecond;
  CHECK(utc_time(kTime) == "2026-02-23T15:30:45.000Z");
  CHECK(utc_time(kTime + 123 * kMs) == "2026-02-23T15:30:45.123Z");
  CHECK(utc_time(kTime + 1'000) == "2026-02-23T15:30:45.000001Z");
  CHECK(utc_time(kTime + 1) == "2026-02-23T15:30:45.000000001Z");
  CHECK(utc_seconds(kTime + 999 * kMs) == "2026-02-23T15:30:45Z");
  CHECK(utc_time(-1 * kMs) == "1969-12-31T23:59:59.999Z");
  CHECK(utc_time(std::numeric_limits<std::int64_t>::min()) == "1677-09-21T00:12:43.145224192Z");
  CHECK(utc_time(std::numeric_limits<std::int64_t>::max()) == "2262-04-11T23:47:16.854775807Z");
}

TEST_CASE("stamps of the segment become dates") {
  const Clocks clocks{100 * kSecond, 5000 * kSecond};
  CHECK(clocks.age(98 * kSecond) == 2 * kSecond);
  CHECK(clocks.to_unix(98 * kSecond) == 4998 * kSecond);
  CHECK(clocks.to_unix(98 * kSecond + 1) == 4998 * kSecond);
}
