// Pings, acknowledgements and errors.
#include <doctest/doctest.h>

#include <string>

#include "tests/daemon/decode/decode_as.hpp"

using namespace tickcache;
using namespace tickcache::daemon;

namespace {

TEST_CASE("pings") {
  for (const char* ping :
       {R"({"type":"ping"})", R"({"type": "ping"})", R"({"action":"ping"})",
        R"({"type":"ping","timestamp":1771860645123,"data":{}})", R"({"t":[],"type":"ping"} )"}) {
    decode_as<PingEvent>(ping);
  }
}

TEST_CASE("acknowledgements") {
  struct Case {
    const char* members;
    ChannelKind kind;
    const char* symbol;
    const char* interval;
  };
  const Case cases[] = {
      {R"("channel":"ticker:all")", ChannelKind::all_tickers, "", ""},
      {R"("channel":"ticker:ALL")", ChannelKind::all_tickers, "", ""},
      {R"("channel":"ticker_all")", ChannelKind::all_tickers, "", ""},
      {R"("channel":"ticker","symbol":"all")", ChannelKind::all_tickers, "", ""},
      {R"("channel":"ticker:BTCUSDT")", ChannelKind::ticker, "BTCUSDT", ""},
      {R"("channel":"ticker:btcusdt","symbol":"BTCUSDT")", ChannelKind::ticker, "BTCUSDT", ""},
      {R"("channel":"ticker","symbol":"BTCUSDT")", ChannelKind::ticker, "BTCUSDT", ""},
      {R"("channel":"candles:BTCUSDT:1m")", ChannelKind::candles, "BTCUSDT", "1m"},
      {R"("channel":"candles:BTCUSDT","interval":"1m")", ChannelKind::candles, "BTCUSDT", "1m"},
      {R"("channel":"candles","symbol":"BTCUSDT","interval":"1m")", ChannelKind::candles, "BTCUSDT",
       "1m"},
      {R"("channel":"orders")", ChannelKind::orders, "", ""},
      {R"("channel":"portfolio")", ChannelKind::portfolio, "", ""},
  };
  for (const char* type : {"subscribed", "unsubscribed"}) {
    for (const Case& c : cases) {
      CAPTURE(c.members);
      const auto event = decode_as<AcknowledgementEvent>(std::string(R"({"type":")") + type +
                                                         "\"," + c.members + "}");
      CHECK(event.subscribed == (std::string_view(type) == "subscribed"));
      CHECK(event.known);
      CHECK(event.channel.kind == c.kind);
      CHECK(event.channel.symbol == c.symbol);
      CHECK(event.channel.interval == c.interval);
    }
  }
  for (const char* members :
       {R"("x":1)", R"("channel":1)", R"("channel":null)", R"("channel":"trades:BTCUSDT")",
        R"("channel":"ticker")", R"("channel":"ticker:")", R"("channel":"candles:BTCUSDT")",
        R"("channel":"candles:BTCUSDT:")", R"("channel":"candles::1m")",
        R"("channel":"ticker:A","symbol":"B")", R"("channel":"orders:1")",
        R"("channel":"ticker:A B")"}) {
    CAPTURE(members);
    const auto event =
        decode_as<AcknowledgementEvent>(std::string(R"({"type":"subscribed",)") + members + "}");
    CHECK_FALSE(event.known);
    CHECK(event.channel == Channel{});
  }
}

TEST_CASE("errors") {
  struct Case {
    const char* code;
    ErrorCode expected;
  };
  const Case cases[] = {
      {"INVALID_CHANNEL", ErrorCode::invalid_channel},
      {"SUBSCRIPTION_LIMIT", ErrorCode::subscription_limit},
      {"UNKNOWN_ACTION", ErrorCode::unknown_action},
      {"INVALID_API_KEY", ErrorCode::authentication},
      {"AUTHENTICATION_FAILED", ErrorCode::authentication},
      {"UNAUTHORIZED", ErrorCode::authentication},
      {"auth_error", ErrorCode::authentication},
      {"THE_CODE_IS_LONGER_THAN_WHAT_IS_KEPT_OF_IT_AND_ENDS_IN_AUTH", ErrorCode::authentication},
      {"INTERNAL", ErrorCode::other},
      {"", ErrorCode::other},
  };
  for (const Case& c : cases) {
    const auto event = decode_as<ErrorEvent>(std::string(R"({"type":"error","code":")") + c.code +
                                             R"(","message":"Unknown \"channel\""})");
    CHECK(event.code == c.expected);
    CHECK(event.code_text == std::string_view(c.code).substr(0, 31));
    CHECK(event.message == "Unknown \"channel\"");
  }
  CHECK(decode_as<ErrorEvent>(R"({"type":"error"})").code == ErrorCode::other);
  CHECK(decode_as<ErrorEvent>(R"({"type":"error","code":4401,"message":{}})").code_text == "4401");
  const auto longer =
      decode_as<ErrorEvent>(R"({"type":"error","message":")" + std::string(94, 'x') + "é\"}");
  CHECK(longer.message == std::string(94, 'x'));
}

}  // namespace
