// Answers to single requests, and limits on connections.
#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "relay/rig.hpp"

namespace tickcache::test {
namespace {

std::string code_of(const Answer& answer) { return text_at(answer.body, "error.code"); }

TEST_CASE("http: a price, and what it says when there is none") {
  RelayRig rig;
  rig.tick("BTCUSDT", "64521.30");
  REQUIRE(soon([&] { return rig.is_live(); }));
  const Answer price = get(rig.port(), "/v1/price/btcusdt");
  CHECK(price.status == 200);
  CHECK(price.header("Content-Type") == "application/json");
  CHECK(price.header("Cache-Control") == "no-store");
  CHECK(text_at(price.body, "symbol") == "BTCUSDT");
  CHECK(text_at(price.body, "price") == "64521.30");
  const Answer none = get(rig.port(), "/v1/price/NOPE");
  CHECK(none.status == 404);
  CHECK(text_at(none.body, "freshness") == "missing");
  CHECK(get(rig.port(), "/v1/price/NOPE?require=live").status == 503);
  CHECK(get(rig.port(), "/v1/price/BTCUSDT?require=live").status == 200);
  const Answer old = get(rig.port(), "/v1/price/BTCUSDT?require=live&max_age=0");
  CHECK(old.status == 503);
  CHECK(code_of(old) == "NOT_LIVE");
  CHECK(old.header("X-Freshness") == "stale");
  CHECK(old.header("X-Reason") == "too_old");
  CHECK(text_at(old.body, "error.message") == "BTCUSDT is stale: older than the given max-age");
}

TEST_CASE("http: the page has the words of the command line") {
  RelayRig rig;
  const std::string page = get(rig.port(), "/").body;
  CHECK(page.find("@WORDS@") == page.npos);
  const std::string begin = R"(<script type="application/json" id="words">)";
  const std::size_t at = page.find(begin);
  REQUIRE(at != page.npos);
  const std::string words =
      page.substr(at + begin.size(), page.find('<', at + 1) - at - begin.size());
  CHECK(text_at(words, "why.reconnecting") == "feed reconnecting");
  CHECK(text_at(words, "why.rejected") == "a later price could not be read");
  CHECK(text_at(words, "counters.messages") == "messages received");
  CHECK(text_at(words, "counters.absent_quantity") ==
        "quantities that cannot be kept exactly, left out");
  CHECK(text_at(words, "counters.rest_unpriced") == "portfolios without prices, not stored");
}

TEST_CASE("http: requests that are wrong, and paths that are not there") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  for (const char* target :
       {"/v1/prices?max_age=x", "/v1/prices?max_age=-1",
        "/v1/prices?max_age=", "/v1/prices?require=maybe", "/v1/candles/A/1m?limit=0",
        "/v1/candles/A/1m?limit=1001", "/v1/candles/A/1m?limit=1x", "/v1/price/%zz", "/%"}) {
    CAPTURE(target);
    const Answer answer = get(rig.port(), target);
    CHECK(answer.status == 400);
    CHECK(code_of(answer) == "BAD_REQUEST");
  }
  for (const char* target :
       {"/v1", "/v2/prices", "/v1/price", "/v1/price/A/B", "/v1/candles/A", "/healthz/x",
        "/v1/orders/x", "/favicon.ico", "/v1/candles/A/1m", "/..%2f..%2fetc%2fpasswd"}) {
    CAPTURE(target);
    CHECK(get(rig.port(), target).status == 404);
  }
  CHECK(ask(rig.port(), "POST /v1/prices HTTP/1.1").status == 405);
  CHECK(ask(rig.port(), "HEAD /v1/prices HTTP/1.1").body.empty());
  CHECK(ask(rig.port(), "HEAD /v1/prices HTTP/1.1").status == 200);
  CHECK(ask(rig.port(), "HEAD /v1/stream HTTP/1.1").status == 200);
  CHECK(ask(rig.port(), "HEAD /v1/stream?channels=x HTTP/1.1").status == 400);
  CHECK(ask(rig.port(), "GET /ws/v1 HTTP/1.1").status == 426);
  CHECK(ask(rig.port(), "nonsense").status == 400);
  CHECK(get(rig.port(), "/healthz", {"X-Long: " + std::string(9000, 'x')}).status == 431);
}

TEST_CASE("http: the account's data needs its key") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  for (const char* path : {"/v1/orders", "/v1/portfolio"}) {
    for (const Headers& headers :
         {Headers{}, Headers{"X-API-Key: ak_other"}, Headers{"X-API-Key: "}}) {
      const Answer answer = get(rig.port(), path, headers);
      CHECK(answer.status == 403);
      CHECK(code_of(answer) == "OWN_KEY_REQUIRED");
    }
  }
  CHECK(get(rig.port(), "/v1/orders", {"X-API-Key: ak_test"}).body == "[]\n");
  CHECK(get(rig.port(), "/v1/portfolio?api_key=ak_test").status == 404);
}

TEST_CASE("http: the relay's health is its own, its readiness the feed's") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  CHECK(get(rig.port(), "/readyz").body == "live\n");
  rig.beat(false);
  REQUIRE(soon([&] { return get(rig.port(), "/readyz").status == 503; }));
  CHECK(get(rig.port(), "/readyz").body ==
        "down: no heartbeat from tickcached (killed or suspended)\n");
  CHECK(get(rig.port(), "/healthz").status == 200);
  CHECK(text_at(get(rig.port(), "/v1/status").body, "feed") == "down");
}

TEST_CASE("http: a page of a configured origin may read answers and streams, others nothing") {
  RelayRig rig([](relay::Config& config) { config.origins = {"https://desk.example"}; });
  REQUIRE(soon([&] { return rig.is_live(); }));
  const Headers desk{"Origin: https://desk.example"};
  const std::string kAllow = "Access-Control-Allow-Origin";
  CHECK(get(rig.port(), "/v1/prices", desk).header(kAllow) == "https://desk.example");
  CHECK(EventSource(rig.port(), "/v1/stream", desk).answer().header(kAllow) ==
        "https://desk.example");
  CHECK(get(rig.port(), "/v1/prices").header(kAllow).empty());
  const Answer evil = get(rig.port(), "/v1/prices", {"Origin: https://evil.example"});
  CHECK(evil.status == 403);
  CHECK(evil.header(kAllow).empty());
  CHECK(WebSocket(rig.port(), "/ws/v1", 0, desk).status() == 101);
  CHECK(WebSocket(rig.port(), "/ws/v1", 0, {"Origin: https://evil.example"}).status() == 403);
}

TEST_CASE("http: health and metrics answer while clients take every place") {
  RelayRig rig([](relay::Config& config) { config.max_clients = 3; });
  REQUIRE(soon([&] { return rig.is_live(); }));
  std::vector<std::unique_ptr<WebSocket>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<WebSocket>(rig.port()));
    REQUIRE(clients.back()->status() == 101);
  }
  const WebSocket refused(rig.port());
  CHECK(refused.status() == 503);
  CHECK(refused.answer().body == "too many clients\n");
  CHECK(EventSource(rig.port()).answer().status == 503);
  CHECK(get(rig.port(), "/healthz").status == 200);
  CHECK(metric(rig.port(), "clients{kind=\"websocket\"}") == 3);
  clients.pop_back();
  CHECK(soon([&] { return WebSocket(rig.port()).status() == 101; }));
}

TEST_CASE("http: connections that do not ask give way to one that does") {
  RelayRig rig([](relay::Config& config) { config.max_clients = 4; });
  REQUIRE(soon([&] { return rig.is_live(); }));
  std::vector<Connection> idle;
  for (int i = 0; i < 60; ++i) idle.emplace_back(rig.port());
  for (const Connection& one : idle) static_cast<void>(one.send_some("GET /healthz HTTP/1.1\r\n"));
  CHECK(get(rig.port(), "/healthz").status == 200);
  CHECK(WebSocket(rig.port()).status() == 101);
  CHECK(metric(rig.port(), "connections") <= 20);
}

TEST_CASE("http: a connection stays for the next request") {
  RelayRig rig;
  REQUIRE(soon([&] { return rig.is_live(); }));
  Connection connection(rig.port());
  // Two at once, and a third.
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  REQUIRE(connection.send(request + request));
  for (int i = 0; i < 3; ++i) {
    const auto head = connection.take_until("\r\n\r\n");
    REQUIRE(head);
    CHECK(head->starts_with("HTTP/1.1 200 "));
    CHECK(connection.take_until("ok\n"));
    if (i == 1) REQUIRE(connection.send(request));
  }
}

TEST_CASE("http: candles of made-up names are refused, however many") {
  RelayRig rig;
  rig.write([](TestSegment& segment) {
    segment.channel(ChannelKind::candles, ChannelState::acknowledged, "ALL", "1h");
  });
  REQUIRE(soon([&] { return rig.is_live(); }));
  CHECK(get(rig.port(), "/v1/candles/BTCUSDT/1h").body == "[]\n");
  Connection connection(rig.port());
  unsigned refused = 0;
  for (int i = 0; i < 5000; ++i) {
    REQUIRE(connection.send("GET /v1/candles/X" + std::to_string(i) +
                            "/1h HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const auto head = connection.take_until("\r\n\r\n");
    REQUIRE(head);
    if (head->starts_with("HTTP/1.1 404 ")) ++refused;
    REQUIRE(connection.take_until("\n"));
  }
  CHECK(refused > 0);
}

}  // namespace
}  // namespace tickcache::test
