#include "options/text.hpp"

#include <doctest/doctest.h>

namespace tickcache::options {
namespace {

using Parts = std::vector<std::string>;

TEST_CASE("a number is the whole text, and fits") {
  CHECK(number<std::uint16_t>("65535") == 65535);
  CHECK(number<std::int64_t>("-5") == -5);
  CHECK(number<std::uint16_t>("007") == 7);
  for (const char* none : {"", " 1", "1 ", "1x", "+1", "-1", "65536", "1.0"}) {
    CAPTURE(none);
    CHECK_FALSE(number<std::uint16_t>(none));
  }
}

TEST_CASE("a text is split at single separators") {
  CHECK(split("") == Parts{});
  CHECK(split("a b") == Parts{"a", "b"});
  CHECK(split("a,,b,", ',') == Parts{"a", "", "b", ""});
  CHECK(split(",", ',') == Parts{"", ""});
}

TEST_CASE("blanks at the ends are trimmed") {
  CHECK(trimmed(" \ta b\r") == "a b");
  CHECK(trimmed(" \t") == "");
  CHECK(trimmed("") == "");
}

}  // namespace
}  // namespace tickcache::options
