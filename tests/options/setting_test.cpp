#include "options/setting.hpp"

#include <doctest/doctest.h>

#include "tests/options/some_options.hpp"

namespace tickcache::options {
namespace {

using namespace std::chrono_literals;

constexpr Option kDay = {.range = {0, 86400 * kSecond}};

TEST_CASE("durations are exact") {
  struct Row {
    const char* text;
    std::chrono::nanoseconds value;
    const char* shown;
  };
  for (const Row& row : {
           Row{"0", 0ns, "0"},
           Row{"1", 1s, "1"},
           Row{"007", 7s, "7"},
           Row{"0.1", 100ms, "0.1"},
           Row{"0.000000001", 1ns, "0.000000001"},
           Row{"1.999999999", 1999999999ns, "1.999999999"},
           Row{"40.250000000", 40250ms, "40.25"},
           Row{"86400", 24h, "86400"},
       }) {
    CAPTURE(row.text);
    std::chrono::nanoseconds value{-1};
    CHECK(parse_value(kDay, row.text, value) == "");
    CHECK(value == row.value);
    CHECK(show_value(kDay, value) == row.shown);
  }
  for (const char* text : {"", ".", ".5", "5.", "-1", "+1", "1e3", "1s", " 1", "1 ", "1,5", "1.2.3",
                           "0.0000000001", "86400.000000001", "99999999999999999999", "nan"}) {
    CAPTURE(text);
    std::chrono::nanoseconds value{-1};
    CHECK(parse_value(kDay, text, value) ==
          "not a valid number of seconds; give one from 0 to 86400, without a unit and with at "
          "most 9 "
          "decimals");
    CHECK(value == -1ns);
  }
}

TEST_CASE("fractions and counts") {
  double fraction = -1;
  CHECK(parse_value({}, "0.25", fraction) == "");
  CHECK(fraction == 0.25);
  CHECK(parse_value({}, "1", fraction) == "");
  CHECK(fraction == 1);
  CHECK(parse_value({}, "1.1", fraction) != "");
  CHECK(parse_value({}, "25%", fraction) != "");
  CHECK(fraction == 1);

  std::uint64_t count = 0;
  CHECK(parse_value({.range = {1, 65536}}, "65536", count) == "");
  CHECK(count == 65536);
  for (const char* text : {"0", "65537", "", "1.0", "0x10", "-1", "4294967297"}) {
    CAPTURE(text);
    CHECK(parse_value({.range = {1, 65536}}, text, count) ==
          "must be a whole number from 1 to 65536");
  }
  CHECK(parse_value({.range = {.least = 1}}, "0", count) == "must be a whole number of at least 1");
  CHECK(parse_value({}, "4294967297", count) == "");
  CHECK(count == 4294967297);
}

TEST_CASE("booleans") {
  for (const char* text : {"true", "on", "yes", "1", "TRUE", "On"}) {
    bool value = false;
    CHECK(parse_value({}, text, value) == "");
    CHECK(value);
  }
  for (const char* text : {"false", "off", "no", "0", "NO"}) {
    bool value = true;
    CHECK(parse_value({}, text, value) == "");
    CHECK_FALSE(value);
  }
  for (const char* text : {"", "2", "y", "tru", "true "}) {
    bool value = true;
    CHECK(parse_value({}, text, value) == "must be true or false");
  }
}

TEST_CASE("choices, in any case") {
  constexpr Option kSize = {.choices = "small large"};
  auto size = Size::large;
  CHECK(parse_value(kSize, "Small", size) == "");
  CHECK(size == Size::small);
  CHECK(parse_value(kSize, "LARGE", size) == "");
  CHECK(size == Size::large);
  for (const char* text : {"", "larg", "small large"}) {
    CAPTURE(text);
    CHECK(parse_value(kSize, text, size) == "must be small or large");
  }
  CHECK(parse_value({.choices = "a b c"}, "x", size) == "must be a, b or c");
  CHECK(size == Size::large);
}

TEST_CASE("a setting is parsed and shown by its type") {
  const std::pair<const char*, const char*> kValues[] = {{"loud", "true"},     {"colors", "true"},
                                                         {"number", "9"},      {"size", "large"},
                                                         {"output-file", "x"}, {"wait", "2.5"}};
  Settings settings;
  for (const auto& value : kValues) {
    const char* const name = value.first;
    const std::string text = value.second;
    CAPTURE(name);
    const auto* const setting = find_named(kSettings, name);
    REQUIRE(setting != nullptr);
    CHECK(setting->show(settings) != text);
    CHECK(setting->parse(text, settings) == "");
    CHECK(setting->show(settings) == text);
  }
  CHECK(settings.size == Size::large);
  CHECK(settings.number == 9);
  CHECK(find_named(kSettings, "number")->parse("10", settings) ==
        "must be a whole number from 1 to 9");
  CHECK(settings.number == 9);
  CHECK(find_named(kSettings, "numbe") == nullptr);
}

}  // namespace
}  // namespace tickcache::options
