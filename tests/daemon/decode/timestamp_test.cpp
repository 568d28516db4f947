#include "daemon/platform/timestamp.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>

using tickcache::daemon::kYear2200;
using tickcache::daemon::parse_timestamp;

namespace {

struct Case {
  const char* text;
  std::int64_t nanoseconds;
};

TEST_CASE("ISO-8601") {
  const Case cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00.000000001Z", 1},
      {"2026-02-23T15:30:45.123Z", 1771860645123000000},
      {"2026-02-23T15:30:45Z", 1771860645000000000},
      {"2026-02-23t15:30:45z", 1771860645000000000},
      {"2026-02-23 15:30:45Z", 1771860645000000000},
      {"2026-02-23T15:30:45", 1771860645000000000},
      {"2026-02-23T15:30:45.1Z", 1771860645100000000},
      {"2026-02-23T15:30:45.123456Z", 1771860645123456000},
      {"2026-02-23T15:30:45.123456789Z", 1771860645123456789},
      {"2026-02-23T15:30:45.123+00:00", 1771860645123000000},
      {"2026-02-23T17:30:45.123+02:00", 1771860645123000000},
      {"2026-02-23T10:00:45.123-05:30", 1771860645123000000},
      {"1970-01-01T01:00:00+01:00", 0},
      {"2024-02-29T00:00:00Z", 1709164800000000000},
      {"2000-02-29T00:00:00Z", 951782400000000000},
      {"2016-12-31T23:59:60Z", 1483228800000000000},
      {"2199-12-31T23:59:59.999999999Z", kYear2200 - 1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(parse_timestamp(c.text) == c.nanoseconds);
  }
}

TEST_CASE("milliseconds since 1970") {
  const Case cases[] = {
      {"0", 0},
      {"1.0000010", 1000001},
      {"1", 1000000},
      {"1771860645123", 1771860645123000000},
      {"1771860645123.0", 1771860645123000000},
      {"1771860645123.456", 1771860645123456000},
      {"1771860645123.456789", 1771860645123456789},
      {"1771860645123.4567890", 1771860645123456789},
      {"1.771860645123E12", 1771860645123000000},
      {"1.771860645123456e+12", 1771860645123456000},
      // Seconds are taken for milliseconds all the same.
      {"1771860645", 1771860645000000},
      {"7258118399999.999999", kYear2200 - 1},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(parse_timestamp(c.text) == c.nanoseconds);
  }
}

TEST_CASE("what is no time is refused") {
  for (const char* text : {"",
                           " ",
                           "now",
                           "null",
                           "2026",
                           "2026-02-23",
                           "2026-02-23T",
                           "2026-02-23T15:30",
                           "2026-02-23T15:30:45.Z",
                           "2026-02-23T15:30:45,123Z",
                           "2026-02-23T15:30:45.1234567890Z",
                           "2026-02-23T15:30:45ZZ",
                           "2026-02-23T15:30:45 Z",
                           " 2026-02-23T15:30:45Z",
                           "2026-02-23T15:30:45+2:00",
                           "2026-02-23T15:30:45+0200",
                           "2026-02-23T15:30:45+24:00",
                           "2026-02-23T15:30:45+02:60",
                           "2026-02-23T15:30:45+",
                           "2026-02-23_15:30:45Z",
                           "2026-02-23  15:30:45Z",
                           "2026-2-23T15:30:45Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2100-02-29T00:00:00Z",
                           "2026-02-23T24:00:00Z",
                           "2026-02-23T15:60:45Z",
                           "2026-02-23T15:30:61Z",
                           "-026-02-23T15:30:45Z",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "2200-01-01T00:00:00Z",
                           "2262-04-11T23:47:16.854775808Z",
                           "9999-12-31T23:59:59Z",
                           "-1",
                           "7258118400000",
                           "9223372036854.775808",
                           "9223372036855",
                           "1771860645123456",
                           "1771860645123456789",
                           "1771860645123.4567891",
                           "1.0000001",
                           "1e99",
                           "NaN",
                           "+1"}) {
    CAPTURE(text);
    if (std::string_view(text) == "2026") {
      CHECK(parse_timestamp(text) == 2026000000);  // a number of milliseconds, not a year
    } else {
      CHECK_FALSE(parse_timestamp(text));
    }
  }
}

TEST_CASE("property: agrees with the C library for any second and any offset") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 50'000; ++i) {
    const auto seconds = static_cast<std::time_t>(86'400 + random() % 7'258'000'000);
    const int offset = static_cast<int>(random() % (2 * 1439 + 1)) - 1439;  // minutes
    const std::time_t local = seconds + offset * 60;
    std::tm parts{};
    REQUIRE(gmtime_r(&local, &parts));
    char date[64];
    REQUIRE(std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts) > 0);
    const auto nanoseconds = static_cast<long>(random() % 1'000'000'000);
    char text[128];
    std::snprintf(text, sizeof text, "%s.%09ld%c%02d:%02d", date, nanoseconds,
                  offset < 0 ? '-' : '+', std::abs(offset) / 60, std::abs(offset) % 60);
    CAPTURE(text);
    REQUIRE(parse_timestamp(text) == seconds * 1'000'000'000 + nanoseconds);
    std::snprintf(text, sizeof text, "%lld", static_cast<long long>(seconds) * 1000);
    REQUIRE(parse_timestamp(text) == seconds * 1'000'000'000);
  }
}

}  // namespace
