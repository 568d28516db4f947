#include "options/text.hpp"

#include <doctest/doctest.h>

namespace tickcache::options {
namespace {

using Parts = std::vector<std::string>;

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
