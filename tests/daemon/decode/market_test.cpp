// The answers of the exchange's REST interface to the market.
#include "daemon/platform/market.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tickcache::daemon {
namespace {

SymbolText symbol(std::string_view text) {
  SymbolText result;
  REQUIRE(result.assign(text));
  return result;
}

std::string shown(const Prices& answer) {
  std::string text;
  for (const auto& [name, price] : answer.prices) {
    text += std::string(name.view()) + " " + price.str() + "; ";
  }
  return text;
}

}  // namespace

TEST_CASE("where the questions go") {
  CHECK(market_target({Question::Kind::prices, {}}, "") == "/api/v1/market/prices");
  CHECK(market_target({Question::Kind::trade_time, symbol("BTCUSDT")}, "BTCUSDT") ==
        "/api/v1/market/price/BTCUSDT");
  CHECK(market_target({Question::Kind::health, {}}, "") == "/health");
}

TEST_CASE("the prices of all symbols") {
  const auto answer = parse_prices(
      R"({"prices":{"BTCUSDT":"64520.00957400","DUHNAUSDT":"4.5E-7","币安人生USDT":"1","N":2.50},)"
      R"("timestamp":"2026-11-26T01:08:07.865123+00:00","count":4,"stale":false,)"
      R"("data_age_seconds":0.1})");
  REQUIRE(answer);
  CHECK(shown(*answer) == "BTCUSDT 64520.00957400; DUHNAUSDT 0.00000045; 币安人生USDT 1; N 2.50; ");
  CHECK(answer->answered_at_ns == 1'795'655'287'865'123'000);
  CHECK_FALSE(answer->stale);
}

TEST_CASE("an exchange whose own store is down has no prices, and says that it doubts them") {
  const auto answer =
      parse_prices(R"({"prices":{},"timestamp":"2026-11-26T01:08:07Z","count":0,"stale":true,)"
                   R"("data_age_seconds":null})");
  REQUIRE(answer);
  CHECK(answer->prices.empty());
  CHECK(answer->stale);
}

TEST_CASE("a price or symbol that cannot be is left out, the others are not") {
  const auto answer = parse_prices(
      R"({"prices":{"A":"0","B":"-1","C":"NaN","D":null,"E":{"x":1},"F":[1],"G":"1e999",)"
      R"("":"1","WITH BLANK":"1","H":"7","TOOLONGTOOLONGTOOLONGTOOLONGTOOLONG":"1","I":true}})");
  REQUIRE(answer);
  CHECK(shown(*answer) == "H 7; ");
  CHECK(answer->answered_at_ns == 0);
}

TEST_CASE("what is no answer is none") {
  for (const char* const body :
       {"", "null", "[]", "{", "{}", R"({"prices":[]})", R"({"prices":"A"})", "<html></html>",
        R"({"prices":{"A":"1"}} trailing)", "{\"prices\":{\"\xff\":\"1\"}}"}) {
    CAPTURE(std::string(body));
    CHECK_FALSE(parse_prices(body));
    CHECK_FALSE(parse_trade_time(body));
    CHECK_FALSE(parse_health(body));
  }
  CHECK_FALSE(parse_prices(std::string(1'000'000, '[')));
}

TEST_CASE("the time of a trade") {
  CHECK(parse_trade_time(
            R"({"symbol":"BTCUSDT","price":"64520","timestamp":"2026-11-26T01:08:07.860000Z"})") ==
        1'795'655'287'860'000'000);
  CHECK(parse_trade_time(R"({"symbol":"BTCUSDT","price":"64520"})") == 0);
  CHECK(parse_trade_time(R"({"symbol":"BTCUSDT","price":"64520","timestamp":"noon"})") == 0);
}

TEST_CASE("the exchange's health") {
  CHECK(parse_health(R"({"status":"ok","redis_connected":true,"ingestion_active":true})") == true);
  CHECK(parse_health(R"({"status":"degraded","redis_connected":true,"ingestion_active":false})") ==
        false);
  CHECK(parse_health(R"({"status":"ok"})") == false);
}

}  // namespace tickcache::daemon
