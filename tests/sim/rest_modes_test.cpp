// What can be wrong with the answers of the REST interface.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "sim/rest_client.hpp"
#include "sim/running.hpp"

using namespace tickcache::sim;
using namespace std::chrono_literals;

namespace {

const std::string kPrices = "/api/v1/market/prices";

struct Priced : Running {
  Priced() : Running(silent()) { send_tick("BTCUSDT", "7"); }
};

}  // namespace

TEST_CASE("REST can be absent, broken, or somewhere else") {
  Priced exchange;
  RestClient rest(exchange.port());
  exchange.rest(RestMode::absent);
  CHECK(rest.get(kPrices).status == 404);
  CHECK(rest.get("/health").status == 404);
  exchange.rest(RestMode::error);
  const RestAnswer error = rest.get(kPrices);
  CHECK(error.status == 500);
  CHECK(error.body ==
        R"({"error":{"code":"INTERNAL_ERROR","message":"An unexpected error occurred."}})");
  exchange.rest(RestMode::redirect);
  const RestAnswer redirect = rest.get(kPrices);
  CHECK(redirect.status == 302);
  CHECK(redirect.header("location") == "/redirected");
  exchange.rest(RestMode::html);
  CHECK(rest.get(kPrices).header("content-type") == "text/html; charset=utf-8");
  exchange.rest(RestMode::ok);
  CHECK(rest.get(kPrices).body.find(R"({"prices":{"BTCUSDT":"7"})") == 0);
  CHECK(exchange.counts().rest_answers.at(404) == 2);
}

TEST_CASE("a body can be huge or break off") {
  Priced exchange;
  RestClient rest(exchange.port());
  exchange.rest(RestMode::huge);
  const RestAnswer huge = rest.get(kPrices);
  CHECK(huge.body.size() > 10'000'000);
  CHECK(huge.body.find(R"({"prices":{"BTCUSDT":"7"})") == 10'000'000);
  exchange.rest(RestMode::bad_json);
  const RestAnswer bad = rest.get(kPrices);
  CHECK(bad.status == 200);
  CHECK(bad.body.back() != '}');
}

TEST_CASE("prices can be missing, or called stale") {
  Priced exchange;
  RestClient rest(exchange.port());
  exchange.rest(RestMode::empty);
  CHECK(without_times(rest.get(kPrices).body) ==
        R"({"prices":{},"timestamp":"T","count":0,"stale":true,"data_age_seconds":null})");
  CHECK(rest.get("/api/v1/market/price/BTCUSDT").status == 503);
  CHECK(without_times(rest.get("/api/v1/market/tickers?symbols=BTCUSDT").body) ==
        R"({"tickers":{},"count":0,"timestamp":"T"})");
  CHECK(rest.get("/health").body.find(R"("redis_connected":false)") != std::string::npos);
  exchange.rest(RestMode::stale);
  CHECK(without_times(rest.get(kPrices).body)
            .find(R"({"prices":{"BTCUSDT":"7"},"timestamp":"T","count":1,"stale":true,)") == 0);
}

TEST_CASE("a cached answer stays as it was") {
  Priced exchange;
  RestClient rest(exchange.port());
  exchange.rest(RestMode::cached);
  const std::string first = rest.get(kPrices).body;
  exchange.send_tick("BTCUSDT", "8");
  CHECK(rest.get(kPrices).body == first);
  CHECK(rest.get(kPrices + "?symbols=BTCUSDT").body.find(R"("BTCUSDT":"8")") != std::string::npos);
  exchange.rest(RestMode::ok);
  CHECK(rest.get(kPrices).body.find(R"("BTCUSDT":"8")") != std::string::npos);
}

TEST_CASE("a request can be refused, or never answered") {
  Priced exchange;
  exchange.rest(RestMode::refused);
  RestClient refused(exchange.port());
  refused.send("GET", kPrices);
  CHECK_FALSE(refused.receive());
  exchange.rest(RestMode::hangs);
  RestClient hanging(exchange.port());
  hanging.send("GET", kPrices);
  CHECK(exchange.wait_for([](const Counts& c) { return c.rest.at(kPrices) == 2; }, kSoon));
  exchange.rest(RestMode::ok);
  RestClient other(exchange.port());
  CHECK(other.get(kPrices).status == 200);
  CHECK_FALSE(hanging.is_readable());
  exchange.stop();
  CHECK_FALSE(hanging.receive());
}

TEST_CASE("an answer can come late") {
  Priced exchange;
  exchange.delay_rest(1h);
  RestClient late(exchange.port());
  late.send("GET", kPrices);
  CHECK(exchange.wait_for([](const Counts& c) { return c.rest.count(kPrices) == 1; }, kSoon));
  exchange.delay_rest(50ms);
  RestClient other(exchange.port());
  const auto begin = std::chrono::steady_clock::now();
  CHECK(other.get(kPrices).status == 200);
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
  CHECK_FALSE(late.is_readable());
}
