#include "sim/protocol.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/capture.hpp"

using namespace tickcache::sim;

namespace {

std::string joined(const std::string& channel, const std::string& action = "subscribe") {
  return R"({"action":")" + action + R"(","channel":")" + channel + R"("})";
}

std::string ticker(const std::string& symbol, const std::string& action = "subscribe") {
  return R"({"action":")" + action + R"(","channel":"ticker","symbol":")" + symbol + R"("})";
}

}  // namespace

TEST_CASE("the recorded requests get exactly the recorded replies") {
  const auto capture = read_capture(TICKCACHE_TEST_DATA "/platform-frames.ndjson");
  ClientState client(Dialect::real);
  std::vector<std::string> replies;
  std::vector<std::string> recorded;
  for (const CapturedFrame& frame : capture) {
    const bool reply =
        frame.text.find("{\"type\": \"ping\"") != 0 && frame.text.find("{\"type\": ") == 0;
    if (frame.from_server && reply) recorded.push_back(frame.text);
    if (frame.from_server) continue;
    const Outcome outcome = client.on_text(frame.text);
    if (outcome.reply != Outcome::Reply::none) replies.push_back(outcome.text);
  }
  REQUIRE(recorded.size() == 18);
  CHECK(replies == recorded);
  CHECK(client.subscriptions().size() == 9);
}

TEST_CASE("the eleventh subscription is refused, an old one is not") {
  ClientState client(Dialect::real);
  for (char c = 'A'; c < 'A' + 10; ++c) {
    CHECK(client.on_text(ticker(std::string(1, c))).reply == Outcome::Reply::ack);
  }
  const Outcome refused = client.on_text(ticker("K"));
  CHECK(refused.reply == Outcome::Reply::error);
  CHECK(refused.text.find("SUBSCRIPTION_LIMIT") != std::string::npos);
  const Outcome again = client.on_text(ticker("A"));
  CHECK(again.text == R"({"type": "subscribed", "channel": "ticker:A"})");
  CHECK_FALSE(again.changed);
  CHECK(client.on_text(ticker("A", "unsubscribe")).changed);
  CHECK(client.on_text(ticker("K")).reply == Outcome::Reply::ack);
}

TEST_CASE("names are stripped and upper case, and 'all' is a symbol that does not exist") {
  ClientState client(Dialect::real);
  CHECK(client.on_text(ticker(" btcusdt ")).text ==
        R"({"type": "subscribed", "channel": "ticker:BTCUSDT"})");
  CHECK(client.on_text(ticker("all")).text == R"({"type": "subscribed", "channel": "ticker:ALL"})");
  CHECK(client.subscriptions().count("ticker:all") == 0);
}

TEST_CASE("unsubscribing from what is not subscribed is acknowledged") {
  ClientState client(Dialect::real);
  const Outcome outcome = client.on_text(joined("orders", "unsubscribe"));
  CHECK(outcome.text == R"({"type": "unsubscribed", "channel": "orders"})");
  CHECK_FALSE(outcome.changed);
}

TEST_CASE("refusals quote what was asked for") {
  ClientState client(Dialect::real);
  CHECK(client.on_text(R"({"action":"sub\"scribe'd"})").text ==
        "{\"type\": \"error\", \"code\": \"UNKNOWN_ACTION\", \"message\": \"Unknown action "
        "'sub\\\"scribe\\\\'d'. Valid actions: subscribe, unsubscribe, pong.\"}");
  CHECK(client.on_text(R"({"action":null})").text.find("Unknown action None.") !=
        std::string::npos);
  CHECK(client.on_text(R"({"action":"subscribe"})").text.find("Missing 'channel' field. Valid") !=
        std::string::npos);
  CHECK(client.on_text(R"({"action":"subscribe","channel":"candles"})")
            .text.find("requires 'symbol' and 'interval' (one of: 1m, 5m, 1h, 1d).") !=
        std::string::npos);
  CHECK(client.on_text(joined("d\u00e9j\u00e0")).text.find("'d\\u00e9j\\u00e0'") !=
        std::string::npos);
}

TEST_CASE("what the platform's handler dies of ends the connection") {
  for (const char* text : {"", "no JSON", "[1]", "\"pong\"", "{\"action\":\"pong\"} x",
                           R"({"action":"subscribe","channel":"ticker","symbol":7})"}) {
    CAPTURE(text);
    CHECK(ClientState(Dialect::real).on_text(text).close);
  }
}

TEST_CASE("only the dialect's own pong is one") {
  CHECK(ClientState(Dialect::real).on_text(R"({"type":"pong","action":"pong"})").pong);
  CHECK_FALSE(ClientState(Dialect::real).on_text(R"({"type":"pong"})").pong);
  CHECK(ClientState(Dialect::spec).on_text(R"({"type":"pong","action":"pong"})").pong);
  CHECK_FALSE(ClientState(Dialect::spec).on_text(R"({"action":"pong"})").pong);
}

TEST_CASE("the specification's server takes joined names and never answers") {
  ClientState client(Dialect::spec);
  for (const char* channel :
       {"ticker:all", "ticker:btcusdt", "candles:ETHUSDT:15m", "orders", "portfolio"}) {
    const Outcome outcome = client.on_text(joined(channel));
    CAPTURE(channel);
    CHECK(outcome.reply == Outcome::Reply::none);
    CHECK(outcome.changed);
  }
  CHECK(client.subscriptions().count("ticker:BTCUSDT") == 1);
  for (const std::string& text :
       {ticker("ETHUSDT"), joined("ticker_all"), joined("candles:ETHUSDT:2m"), joined("ticker:"),
        std::string("no JSON"), joined("nonsense")}) {
    const Outcome outcome = client.on_text(text);
    CAPTURE(text);
    CHECK(outcome.reply == Outcome::Reply::none);
    CHECK_FALSE(outcome.changed);
    CHECK_FALSE(outcome.close);
  }
  CHECK(client.on_text(joined("orders", "unsubscribe")).changed);
  CHECK(client.subscriptions().size() == 4);
}
