#include <doctest/doctest.h>

#include "bridges/relay/target.hpp"

namespace tickcache::relay {
namespace {

using Strings = std::vector<std::string>;

Target parsed(std::string_view text) {
  const auto target = parse_target(text);
  REQUIRE(target);
  return *target;
}

TEST_CASE("target: path and query are taken apart, then decoded") {
  const Target target = parsed("/v1/price/%E5%B8%81USDT?max_age=2.5&symbols=A%2CB,C&flag&a=1&a=2");
  CHECK(target.path == Strings{"v1", "price", "币USDT"});
  CHECK(target["max_age"] == "2.5");
  CHECK(target["symbols"] == "A,B,C");
  CHECK(target["a"] == "2");
  CHECK(target.has("flag"));
  CHECK(target["flag"].empty());
  CHECK_FALSE(target.has("nothing"));
  CHECK(target["nothing"].empty());
  // A separator that is encoded is none.
  CHECK(parsed("/a%2Fb/c").path == Strings{"a/b", "c"});
  CHECK(parsed("/?a=b%26c%3Dd")["a"] == "b&c=d");
}

TEST_CASE("target: plus is a blank in the query alone") {
  const Target target = parsed("/a+b?c=d+e");
  CHECK(target.path == Strings{"a+b"});
  CHECK(target["c"] == "d e");
}

TEST_CASE("target: empty parts are none") {
  CHECK(parsed("").path.empty());
  CHECK(parsed("/").path.empty());
  CHECK(parsed("//v1///price/").path == Strings{"v1", "price"});
  CHECK(parsed("/?").query.empty());
  CHECK(parsed("/?&&").query.empty());
  CHECK(parsed("/?=x")[""] == "x");
}

TEST_CASE("target: bad percent-encoding is refused, wherever it is") {
  for (const char* text :
       {"/%", "/%4", "/%4g", "/%-1", "/% 1", "/a%2", "/?a=%", "/?%zz=a", "/?a=%4"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_target(text));
  }
  CHECK(parsed("/%00").path == Strings{std::string(1, '\0')});
}

TEST_CASE("target: items of a list") {
  CHECK(items_of("") == Strings{});
  CHECK(items_of(",,") == Strings{});
  CHECK(items_of("a,,b,") == Strings{"a", "b"});
}

}  // namespace
}  // namespace tickcache::relay
