#include <doctest/doctest.h>

#include "bridges/relay/request.hpp"

namespace tickcache::relay {
namespace {

Request parsed(std::string_view text) {
  Request request;
  const auto error = parse_request(text, request);
  INFO(text, error ? error->message : "");
  REQUIRE_FALSE(error);
  return request;
}

std::string refused(std::string_view text) {
  Request request;
  const auto error = parse_request(text, request);
  INFO(text);
  REQUIRE(error);
  CHECK_FALSE(error->message.empty());
  return std::string(error->code);
}

TEST_CASE("request: both dialects name the same channels") {
  struct Row {
    const char* platform;
    const char* specification;
    ChannelKind kind;
    const char* name;
  };
  for (const Row& row : {
           Row{R"({"action":"subscribe","channel":"ticker","symbol":"btcusdt"})",
               R"({"action":"subscribe","channel":"ticker:BTCUSDT"})", ChannelKind::ticker,
               "ticker:BTCUSDT"},
           Row{R"({"action":"subscribe","channel":"ticker_all"})",
               R"({"type":"subscribe","channel":"ticker:all"})", ChannelKind::all_tickers,
               "ticker:all"},
           Row{R"({"action":"subscribe","channel":"candles","symbol":"BTCUSDT","interval":"1m"})",
               R"({"action":"subscribe","channel":"candles:btcusdt:1m"})", ChannelKind::candles,
               "candles:BTCUSDT:1m"},
       }) {
    for (const char* text : {row.platform, row.specification}) {
      const Request request = parsed(text);
      CHECK(request.kind == Request::Kind::subscribe);
      CHECK(request.channel == row.kind);
      CHECK(request.channel_name() == row.name);
    }
    CHECK_FALSE(parsed(row.platform).is_joined);
    CHECK(parsed(row.specification).is_joined);
  }
}

TEST_CASE("request: channels without a symbol") {
  CHECK(parsed(R"({"action":"subscribe","channel":"orders"})").channel == ChannelKind::orders);
  const Request request = parsed(R"({"action":"unsubscribe","channel":"portfolio"})");
  CHECK(request.kind == Request::Kind::unsubscribe);
  CHECK(request.channel_name() == "portfolio");
}

TEST_CASE("request: pings and pongs in either form, and both at once") {
  for (const char* text :
       {R"({"action":"pong"})", R"({"type":"pong"})", R"({"type":"pong","action":"pong"})"}) {
    CHECK(parsed(text).kind == Request::Kind::pong);
  }
  CHECK(parsed(R"({"type":"ping"})").kind == Request::Kind::ping);
  CHECK(parsed(R"({"action":"ping"})").kind == Request::Kind::ping);
}

TEST_CASE("request: unknown members are ignored, and blanks") {
  CHECK(parsed(" { \"x\" : [1,{}], \"action\" : \"subscribe\" ,\"channel\":\"ticker_all\" } ")
            .channel == ChannelKind::all_tickers);
}

TEST_CASE("request: symbols need not be ASCII") {
  CHECK(parsed(R"({"action":"subscribe","channel":"ticker","symbol":"币安人生usdt"})").symbol ==
        "币安人生USDT");
}

TEST_CASE("request: what is no request is refused with one of the platform's codes") {
  for (const char* text :
       {"", "x", "[]", "1", "null", "{", R"({"action":"subscribe"} x)", R"({})",
        R"({"action":"buy"})", R"({"action":1})", R"({"type":"subscribed","channel":"orders"})"}) {
    CHECK(refused(text) == "UNKNOWN_ACTION");
  }
  for (const char* text :
       {R"({"action":"subscribe"})", R"({"action":"subscribe","channel":"battle"})",
        R"({"action":"subscribe","channel":1})", R"({"action":"subscribe","channel":"ticker"})",
        R"({"action":"subscribe","channel":"ticker:"})",
        R"({"action":"subscribe","channel":"candles:BTCUSDT"})",
        R"({"action":"subscribe","channel":"candles","symbol":"BTCUSDT"})",
        R"({"action":"subscribe","channel":"candles","interval":"1m"})"}) {
    CHECK(refused(text) == "INVALID_CHANNEL");
  }
}

TEST_CASE("request: bad UTF-8, a NUL and a deep document are refused") {
  CHECK(refused("{\"action\":\"subscribe\",\"channel\":\"ticker:\xff\"}") == "UNKNOWN_ACTION");
  constexpr std::string_view kBehind("{\"action\":\"pong\"}\0{\"action\":\"x\"}", 33);
  CHECK(refused(kBehind) == "UNKNOWN_ACTION");
  CHECK(refused(std::string(4096, '[')) == "UNKNOWN_ACTION");
  std::string deep;
  for (int i = 0; i < 800; ++i) deep += "{\"a\":";
  CHECK(refused(deep) == "UNKNOWN_ACTION");
}

}  // namespace
}  // namespace tickcache::relay
