// Anything at all as requests and frames: the relay answers or ends the connection, serves the
// others, and gives nothing away. TICKCACHE_TEST_SEED and TICKCACHE_RELAY_HOSTILE (rounds) change
// what it does.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include "relay/rig.hpp"
#include "support/seed.hpp"

namespace tickcache::test {
namespace {

/// What nobody here has the key for.
constexpr const char* kSecret = "secret-order-4711";

class Hostile {
 public:
  explicit Hostile(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
  }
  template <class Items>
  std::string one_of(const Items& items) {
    return std::string(items[below(std::size(items))]);
  }

  std::string bytes(std::size_t most) {
    std::string text(below(most + 1), '\0');
    for (char& c : text) c = static_cast<char>(below(256));
    return text;
  }

  /// A few bytes changed, left out or repeated.
  std::string mutated(std::string text) {
    for (std::size_t changes = below(4); changes > 0 && !text.empty(); --changes) {
      const std::size_t at = below(text.size());
      switch (below(5)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(at, below(8));
          break;
        case 2:
          text.insert(at, text.substr(below(text.size()), below(64)));
          break;
        case 3:
          text.insert(at, bytes(16));
          break;
        default:
          text.resize(at);
      }
    }
    return text;
  }

  std::string target() {
    static constexpr const char* kTargets[] = {"/",
                                               "/v1/prices",
                                               "/v1/price/BTCUSDT",
                                               "/v1/orders",
                                               "/v1/portfolio",
                                               "/v1/status",
                                               "/v1/stream",
                                               "/v1/candles/BTCUSDT/1m",
                                               "/healthz",
                                               "/readyz",
                                               "/metrics",
                                               "/openapi.json",
                                               "/ws/v1",
                                               "*",
                                               "http://evil.example/v1/orders"};
    static constexpr const char* kQueries[] = {"",
                                               "?api_key=ak_test%00",
                                               "?api_key=AK_TEST",
                                               "?api_key=ak_tes",
                                               "?symbols=all",
                                               "?channels=orders,portfolio",
                                               "?channels=ticker,candles:1m&symbols=A,B",
                                               "?max_age=1e99",
                                               "?limit=18446744073709551616",
                                               "?require=live",
                                               "?last_event_id=-1",
                                               "?conflate=1&status=1",
                                               "?%",
                                               "?token=x",
                                               "?=&=&==&&"};
    return mutated(one_of(kTargets) + one_of(kQueries));
  }

  std::string request() {
    static constexpr const char* kMethods[] = {"GET", "HEAD", "POST", "OPTIONS", "PRI", "get"};
    static constexpr const char* kHeaders[] = {"Host: localhost",
                                               "Host: evil.example",
                                               "Origin: null",
                                               "Content-Length: 10",
                                               "Content-Length: -1",
                                               "Transfer-Encoding: chunked",
                                               "Expect: 100-continue",
                                               "X-API-Key: ak_other",
                                               "Authorization: Bearer x",
                                               "Last-Event-ID: 00000000-1",
                                               "Connection: keep-alive",
                                               "Connection: close",
                                               "Upgrade: h2c",
                                               "Range: bytes=0-",
                                               "X: \r\n folded"};
    std::string text =
        one_of(kMethods) + ' ' + target() + " HTTP/1." + std::to_string(below(3)) + "\r\n";
    for (std::size_t count = below(6); count > 0; --count) text += one_of(kHeaders) + "\r\n";
    return mutated(text + "\r\n" + (below(4) == 0 ? bytes(64) : ""));
  }

  std::string message() {
    static constexpr const char* kMessages[] = {
        R"({"action":"subscribe","channel":"ticker","symbol":"BTCUSDT"})",
        R"({"action":"subscribe","channel":"ticker:all"})",
        R"({"action":"unsubscribe","channel":"ticker_all"})",
        R"({"action":"subscribe","channel":"orders"})",
        R"({"action":"subscribe","channel":"portfolio","api_key":"ak_test"})",
        R"({"action":"subscribe","channel":"candles:BTCUSDT:1m"})",
        R"({"type":"pong","action":"pong"})",
        R"({"type":"ping"})",
        "[[[[[[[[[[",
        "\"\\ud800\""};
    return mutated(one_of(kMessages));
  }

  /// A frame whose parts may not fit each other.
  std::string frame() {
    const std::string payload = below(3) == 0 ? bytes(300) : message();
    std::string text(1, static_cast<char>(below(4) == 0 ? below(256) : 0x81));
    const std::size_t claimed = below(8) == 0 ? below(1 << 20) : payload.size();
    const unsigned mask = below(10) == 0 ? 0 : 0x80;
    if (claimed < 126 && below(8) != 0) {
      text += static_cast<char>(mask | claimed);
    } else if (claimed < 65536 && below(8) != 0) {
      text += static_cast<char>(mask | 126);
      text += static_cast<char>(claimed >> 8);
      text += static_cast<char>(claimed & 0xFF);
    } else {
      text += static_cast<char>(mask | 127);
      text += below(4) == 0 ? '\xff' : '\0';
      text.append(3, '\0');
      for (int shift = 24; shift >= 0; shift -= 8) {
        text += static_cast<char>((claimed >> shift) & 0xFF);
      }
    }
    if (mask != 0) text.append(4, '\0');
    return text + payload;
  }

 private:
  std::mt19937_64 random_;
};

TEST_CASE("hostile: any requests and frames: no crash, nothing private, the others are served") {
  const std::uint64_t seed = seed_or(20'261'126);
  CAPTURE(seed);
  const char* text = std::getenv("TICKCACHE_RELAY_HOSTILE");
  const std::size_t rounds = text == nullptr ? 1500 : std::strtoull(text, nullptr, 10);
  Hostile hostile(seed);
  RelayRig rig([](relay::Config& config) { config.max_clients = 64; });
  rig.write([](TestSegment& segment) {
    segment.channel(ChannelKind::orders, ChannelState::acknowledged);
    segment.channel(ChannelKind::candles, ChannelState::acknowledged, "BTCUSDT", "1m");
  });
  REQUIRE(soon([&] { return rig.is_live(); }));
  WebSocket good(rig.port());
  good.subscribe("ticker", "BTCUSDT");
  REQUIRE(good.read_with("type", "subscribed"));

  std::vector<Connection> open;
  std::vector<WebSocket> sockets;
  const auto check = [&](Connection& connection) {
    connection.read_now();
    if (connection.pending.find(kSecret) != std::string::npos) FAIL_CHECK("the order was told");
    connection.pending.clear();
  };
  for (std::size_t round = 0; round < rounds; ++round) {
    if (hostile.below(3) == 0) {
      sockets.emplace_back(rig.port(), hostile.below(2) == 0 ? "/ws/v1" : "/ws/v1?conflate=1");
      for (std::size_t frames = hostile.below(20); frames > 0; --frames) {
        static_cast<void>(sockets.back().connection.send_some(hostile.frame()));
      }
    } else {
      open.emplace_back(rig.port());
      for (std::size_t requests = hostile.below(3) + 1; requests > 0; --requests) {
        static_cast<void>(open.back().send_some(hostile.request()));
      }
    }
    rig.write([&](TestSegment& segment) {
      Order order;
      order.id.assign(kSecret);
      segment.writer().order(0, order, boot_now());
      segment.tick("BTCUSDT", std::to_string(round + 1));
    });
    if (open.size() >= 30) {
      for (Connection& connection : open) check(connection);
      open.clear();
    }
    if (sockets.size() >= 30) {
      for (WebSocket& socket : sockets) check(socket.connection);
      sockets.clear();
    }
    if (round % 50 == 0) {
      CHECK(get(rig.port(), "/healthz").status == 200);
      REQUIRE(good.read_with("data.price", std::to_string(round + 1)));
    }
  }
  rig.tick("BTCUSDT", "999999");
  CHECK(good.read_with("data.price", "999999"));
  CHECK(get(rig.port(), "/v1/orders?api_key=ak_test").body.find(kSecret) != std::string::npos);
  open.clear();
  sockets.clear();
  CHECK(soon([&] { return metric(rig.port(), "clients{kind=\"websocket\"}") == 1; }));
}

}  // namespace
}  // namespace tickcache::test
