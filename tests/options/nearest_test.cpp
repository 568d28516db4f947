#include "options/text.hpp"

#include <doctest/doctest.h>

using namespace tickcache::options;

TEST_CASE("the nearest name is suggested, and none that is far") {
  const std::vector<std::string_view> names = {"get",       "list", "orders",
                                               "portfolio", "wait", "watch"};
  CHECK(nearest("gte", names) == "get");
  CHECK(nearest("GET", names) == "get");
  CHECK(nearest("port", names) == "portfolio");
  CHECK(nearest("wacth", names) == "watch");
  CHECK(nearest("ordres", names) == "orders");
  CHECK(nearest("frobnicate", names).empty());
  CHECK(nearest("x", names).empty());
  CHECK(nearest("", names).empty());
  CHECK(suggestion("lits", names) == "; did you mean \"list\"?");
  CHECK(suggestion("frobnicate", names).empty());
}

TEST_CASE("symbols must be nearer, and of equal ones the shortest is taken") {
  const std::vector<std::string_view> symbols = {"BTCUSDTPERP", "BTCUSDT", "ETHUSDT"};
  CHECK(nearest("LTCUSDT", symbols, 1) == "BTCUSDT");
  CHECK(nearest("EOSUSDT", symbols, 1).empty());
  CHECK(nearest("btc", symbols, 1) == "BTCUSDT");
}
