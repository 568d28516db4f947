#include <doctest/doctest.h>

#include "options/completion.hpp"
#include "tests/options/some_options.hpp"

namespace tickcache::options {
namespace {

std::string offered(const std::vector<std::string>& words) {
  const Cursor cursor = find_cursor(kOptions, words);
  return answer(cursor, option_offers(kOptions, cursor));
}

TEST_CASE("options are offered with the first sentence of their help") {
  CHECK(offered({"--co"}) == "--colors\tUse colors\n");
  CHECK(offered({"word", "-l"}) == "-l\tMake noise\n");
  CHECK(offered({"--x"}) == "");
  CHECK(offered({""}) == "");
  CHECK(offered({}) == "");
}

TEST_CASE("the values of the option at the cursor") {
  CHECK(offered({"--size", ""}) == "small\nlarge\n");
  CHECK(offered({"--size", "L"}) == "large\n");
  CHECK(offered({"--colors=t"}) == "--colors=true\n");
  CHECK(offered({"--number", ""}) == "");
  CHECK(offered({"--output-file", "/etc"}) == ":files\n");
  CHECK(offered({"--output-file=/etc"}) == ":files\n");
}

TEST_CASE("the shell has made a word of the equals sign, or not") {
  CHECK(offered({"--size=l"}) == "--size=large\n");
  CHECK(offered({"--size", "=", "l"}) == "large\n");
  CHECK(offered({"--size", "="}) == "small\nlarge\n");
  CHECK(offered({"--size", "=", "large", "--lo"}) == "--loud\tMake noise\n");
}

}  // namespace
}  // namespace tickcache::options
