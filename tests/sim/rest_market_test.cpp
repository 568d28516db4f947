// The public REST interface: texts are compared with what the platform's server answers.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "sim/http.hpp"
#include "sim/query.hpp"
#include "sim/rest_client.hpp"
#include "sim/running.hpp"
#include "sim/ws_client.hpp"

using namespace tickcache::sim;
using namespace std::chrono_literals;

TEST_CASE("a target is taken apart") {
  const Target target("/a/%E5%B8%81%2F+?x=1&symbols=A,,B%2CC&x=2&=&y&z=a+b%");
  CHECK(target.path() == "/a/\xe5\xb8\x81/+");
  CHECK(target.value("x") == "1");
  CHECK(target.list("symbols") == std::vector<std::string>{"A", "B", "C"});
  CHECK(target.find("y") == "");
  CHECK_FALSE(target.find("w"));
  CHECK(target.value("z") == "a b%");
}

TEST_CASE("prices are those traded last") {
  Running exchange(silent());
  RestClient rest(exchange.port());
  const RestAnswer none = rest.get("/api/v1/market/prices");
  CHECK(without_times(none.body) ==
        R"({"prices":{},"timestamp":"T","count":0,"stale":true,"data_age_seconds":null})");
  exchange.send_tick("BTCUSDT", "64544.52766800");
  exchange.send_tick("ETHUSDT", "3421.55");
  exchange.send_tick("BTTCUSDT", "0.00000045");
  exchange.send_tick("\xe5\xb8\x81USDT", "1.5");
  const RestAnswer all = rest.get("/api/v1/market/prices");
  CHECK(all.status == 200);
  CHECK(all.head.find("HTTP/1.1 200 OK\r\ndate: ") == 0);
  CHECK(all.head.find(" GMT\r\nserver: uvicorn\r\ncontent-length: ") != std::string::npos);
  CHECK(all.header("content-type") == "application/json");
  CHECK(without_times(all.body).find(
            R"({"prices":{"BTCUSDT":"64544.52766800","ETHUSDT":"3421.55","BTTCUSDT":"4.5E-7",)"
            "\"\xe5\xb8\x81USDT\":\"1.5\"},\"timestamp\":\"T\",\"count\":4,\"stale\":false,"
            "\"data_age_seconds\":") == 0);
  const RestAnswer two = rest.get("/api/v1/market/prices?symbols=BTTCUSDT,NOSUCH,BTCUSDT");
  CHECK(two.body.find(R"({"prices":{"BTTCUSDT":"4.5E-7","BTCUSDT":"64544.52766800"},)") == 0);
  CHECK(exchange.counts().rest.at("/api/v1/market/prices") == 3);
  CHECK(exchange.counts().rest_answers.at(200) == 3);
}

TEST_CASE("a price has the time of its trade, or a reason why there is none") {
  Running exchange(silent());
  RestClient rest(exchange.port());
  exchange.send_tick("BTCUSDT", "64520.00957400");
  const auto time = exchange.trades("BTCUSDT").back().time_ms;
  CHECK(rest.get("/api/v1/market/price/BTCUSDT").body ==
        R"({"symbol":"BTCUSDT","price":"64520.00957400","timestamp":")" + rest_time(time * 1000) +
            "\"}");
  const RestAnswer unknown = rest.get("/api/v1/market/price/NOSUCHUSDT");
  CHECK(unknown.status == 400);
  CHECK(unknown.body ==
        R"({"error":{"code":"INVALID_SYMBOL","message":"Trading pair 'NOSUCHUSDT' is not )"
        R"(available.","details":{"symbol":"NOSUCHUSDT"}}})");
  const RestAnswer silent_one = rest.get("/api/v1/market/price/ETHUSDT");
  CHECK(silent_one.status == 503);
  CHECK(silent_one.body ==
        R"({"error":{"code":"PRICE_NOT_AVAILABLE","message":"Current price for 'ETHUSDT' is not )"
        R"(available.","details":{"symbol":"ETHUSDT"}}})");
  CHECK(exchange.counts().rest.at("/api/v1/market/price/{symbol}") == 3);
}

TEST_CASE("tickers sum up what was traded") {
  Running exchange(silent());
  RestClient rest(exchange.port());
  exchange.send_tick("BTCUSDT", "64506.46010100", "2");
  exchange.send_tick("BTCUSDT", "64553.56065000", "0.5");
  exchange.send_tick("BTCUSDT", "64509.04095300", "1");
  CHECK(
      without_times(rest.get("/api/v1/market/tickers?symbols=BTCUSDT,ETHUSDT,NOSUCH").body) ==
      R"({"tickers":{"BTCUSDT":{"symbol":"BTCUSDT","open":"64506.46010100",)"
      R"("high":"64553.56065000","low":"64506.46010100","close":"64509.04095300",)"
      R"("volume":"3.50000000","quote_volume":"225781.6433355000000000","change":"2.58085200",)"
      R"("change_pct":"0.00400092","trade_count":0,"timestamp":"T"}},"count":1,"timestamp":"T"})");
  CHECK(without_times(rest.get("/api/v1/market/tickers?symbols=NOSUCH").body) ==
        R"({"tickers":{},"count":0,"timestamp":"T"})");
}

TEST_CASE("candles are made of the trades") {
  Running exchange(silent());
  RestClient rest(exchange.port());
  exchange.step_clock(-2h);
  exchange.send_tick("BTCUSDT", "9", "1");
  exchange.step_clock(-1h);
  exchange.send_tick("BTCUSDT", "10", "1");
  const auto second = exchange.trades("BTCUSDT").back().time_ms / 60'000 * 60'000;
  exchange.step_clock(0ms);
  exchange.send_tick("BTCUSDT", "0.00000045", "2");
  const std::string path = "/api/v1/market/candles/BTCUSDT?interval=1m";
  CHECK(rest.get(path + "&limit=1&end_time=" + rest_time(second * 1000)).body ==
        R"({"symbol":"BTCUSDT","interval":"1m","candles":[{"time":")" + rest_time(second * 1000) +
            R"(","open":"10.00000000","high":"10.00000000","low":"10.00000000",)"
            R"("close":"10.00000000","volume":"1.00000000","trade_count":1}],"count":1})");
  CHECK(rest.get(path).body.find(R"("close":"4.5E-7","volume":"2.00000000","trade_count":1}],)"
                                 R"("count":3})") != std::string::npos);
  CHECK(rest.get(path + "&start_time=" + std::to_string(second)).body.find(R"("count":2})") !=
        std::string::npos);
  const RestAnswer interval = rest.get("/api/v1/market/candles/BTCUSDT?interval=4h");
  CHECK(interval.status == 400);
  CHECK(interval.body == R"({"error":{"code":"INVALID_SYMBOL","message":"Interval '4h' is not )"
                         R"(supported. Use one of: 1m, 5m, 1h, 1d."}})");
  const RestAnswer limit = rest.get(path + "&limit=1001");
  CHECK(limit.status == 422);
  CHECK(limit.head.find("HTTP/1.1 422 Unprocessable Content\r\n") == 0);
  CHECK(limit.body ==
        R"({"detail":[{"type":"less_than_equal","loc":["query","limit"],"msg":"Input should be )"
        R"(less than or equal to 1000","input":"1001","ctx":{"le":1000}}]})");
}

TEST_CASE("health and what is not there") {
  Running exchange(silent());
  RestClient rest(exchange.port());
  CHECK(rest.get("/health").body ==
        R"({"status":"ok","redis_connected":true,"db_connected":true,"ingestion_active":true,)"
        R"("stale_pairs":[],"total_pairs":20,"checks":{"redis_latency_ms":2.81,)"
        R"("db_latency_ms":27.21}})");
  const RestAnswer other = rest.get("/api/v1/market/pricess");
  CHECK(other.status == 404);
  CHECK(other.body == R"({"error":{"code":"NOT_FOUND","message":"Not Found"}})");
  CHECK(rest.get("/").status == 404);
  CHECK(rest.get("/api/v1/market/price/A/B").status == 404);
  rest.send("POST", "/api/v1/market/prices", {}, "{}");
  CHECK(rest.receive()->status == 405);
  CHECK(exchange.counts().rest.at("other") == 3);
}

TEST_CASE("REST and WebSocket share a port, and REST is ahead") {
  Options options = silent();
  options.rest_lead = {500ms, 500ms};
  Running exchange(options);
  WsClient client(exchange.port());
  client.send(kAll);
  REQUIRE(client.read());
  RestClient rest(exchange.port());
  CHECK(exchange.send_tick("BTCUSDT", "7") == 0);
  CHECK(rest.get("/api/v1/market/prices").body.find(R"("BTCUSDT":"7")") != std::string::npos);
  CHECK(client.read().value().find(R"("price": "7")") != std::string::npos);
}

TEST_CASE("a connection asks many times, or once") {
  Running exchange(silent());
  RestClient rest(exchange.port());
  for (int i = 0; i < 3; ++i) rest.send("GET", "/health");  // all at once
  for (int i = 0; i < 3; ++i) CHECK(rest.receive()->status == 200);
  rest.send("GET", "/health", "Connection: close\r\n");
  CHECK(rest.receive()->header("connection") == "close");
  CHECK_FALSE(rest.receive());
  RestClient cut(exchange.port());
  CHECK(cut.get("/health").status == 200);
  exchange.drop_all();
  CHECK_FALSE(cut.receive());
}
