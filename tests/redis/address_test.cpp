#include "redis/address.hpp"

#include <doctest/doctest.h>

namespace tickcache::redis {
namespace {

TEST_CASE("address: one server, or Sentinels") {
  Address address;
  REQUIRE(parse_address("redis://Cache.example", address) == "");
  CHECK(address.text() == "redis://cache.example:6379");
  CHECK_FALSE(address.has_sentinels());
  REQUIRE(parse_address("redis://[::1]:7000/3", address) == "");
  CHECK(address.text() == "redis://[::1]:7000/3");
  CHECK(address.database == 3);
  REQUIRE(parse_address("redis://127.0.0.1:6379/0", address) == "");
  CHECK(address.text() == "redis://127.0.0.1:6379");
  REQUIRE(parse_address("redis-sentinel://h1,h2:5000,h3/mymaster/2", address) == "");
  CHECK(address.has_sentinels());
  CHECK(address.master == "mymaster");
  CHECK(address.text() == "redis-sentinel://h1:26379,h2:5000,h3:26379/mymaster/2");
}

TEST_CASE("address: what is wrong is said, and a password not repeated") {
  for (const char* wrong : {"", "ws://h", "redis://", "redis://h/x", "redis://h:0", "redis://h1,h2",
                            "redis://h/-1", "redis-sentinel://h1,h2", "redis-sentinel://h1,h2/",
                            "redis-sentinel://,/m", "redis://h?x", "redis://:secret@h"}) {
    Address address;
    const std::string problem = parse_address(wrong, address);
    CHECK_MESSAGE(problem != "", std::string(wrong));
    CHECK(problem.find("secret") == std::string::npos);
  }
  std::string name;
  CHECK(parse_feed_name("main-1.x_Y", name) == "");
  for (const char* wrong : {"", "a b", "a}", "{a", "a:b"})
    CHECK(parse_feed_name(wrong, name) != "");
}

}  // namespace
}  // namespace tickcache::redis
