// Clients that read nothing, that are foreign, or that never finish what they ask.
#include <sys/resource.h>

#include <map>
#include <set>

#include "relay/relayed.hpp"
#include "support/sanitizers.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("fault 65: 200 clients, of which some read nothing: the others get every tick") {
  Relayed at;
  INFO(at.logs());
  const auto& symbols = at.exchange.symbols();
  std::vector<std::unique_ptr<WebSocket>> others;
  for (std::size_t i = 0; i < 196; ++i) {
    others.push_back(std::make_unique<WebSocket>(at.port()));
    REQUIRE(others.back()->subscribe("ticker", symbols[i]));
    REQUIRE(others.back()->is_subscribed("ticker:" + symbols[i]));
  }
  WebSocket quick(at.port());
  EventSource quick_stream(at.port());
  WebSocket plain(at.port(), "/ws/v1", 4096);
  WebSocket conflating(at.port(), "/ws/v1?conflate=1", 4096);
  for (WebSocket* client : {&quick, &plain, &conflating}) REQUIRE(client->subscribe_all());
  CHECK(metric(at.port(), "clients{kind=\"websocket\"}") == 199);

  // Each symbol's price is the number of its tick.
  int sent = 0;
  int seen = 0;
  int streamed = 0;
  // So few that a client that has read the ones before cannot be too slow for them.
  constexpr int kMany = 500;
  const auto send = [&] {
    for (const int end = sent + kMany; sent < end;) {
      const std::string& symbol = symbols[static_cast<std::size_t>(++sent) % symbols.size()];
      REQUIRE(at.exchange.send_tick(symbol, std::to_string(sent)) == 1);
    }
    REQUIRE(soon([&] {
      while (const auto message = quick.read(0ms)) {
        if (text_at(*message, "channel") != "ticker") continue;
        const int number = std::stoi(text_at(*message, "data.price"));
        if (number != 64000) CHECK(number == ++seen);
      }
      while (const auto event = quick_stream.read(0ms)) {
        if (event->name == "ticker") CHECK(std::stoi(text_at(event->data, "price")) == ++streamed);
      }
      return seen == sent && streamed == sent;
    }));
  };
  while (sent < 2000) send();
  const long before = at.memory();
  long most = before;
  while (metric(at.port(), "too_slow_total") == 0) {
    send();
    most = std::max(most, at.memory());
    REQUIRE(sent < 100'000);
  }
  const int until_dropped = sent;
  while (sent < until_dropped + 5000) send();
  most = std::max(most, at.memory());
  MESSAGE("dropped after ", until_dropped, " ticks; memory grew by ", most - before, " kB");
  // The events that are kept for clients that come back have a bound of their own, 8 MiB.
  if (!kAddressSanitizer) CHECK(most - before < 2048 + 3 * 8192);

  CHECK(plain.read_to_end());
  std::map<std::string, int> last;
  std::uint64_t missed = 0;
  std::uint64_t received = 0;
  std::set<std::string> done;
  while (done.size() < symbols.size()) {
    const auto message = conflating.read();
    REQUIRE(message);
    if (text_at(*message, "channel") != "ticker") continue;
    const std::string symbol = text_at(*message, "symbol");
    const int number = std::stoi(text_at(*message, "data.price"));
    if (number != 64000) {
      CHECK(number > last[symbol]);
      last[symbol] = number;
      ++received;
    }
    if (const std::string count = text_at(*message, "missed"); count != "-") {
      missed += std::stoull(count);
    }
    if (number > sent - static_cast<int>(symbols.size())) done.insert(symbol);
  }
  CHECK(received + missed == static_cast<std::uint64_t>(sent));
  for (std::size_t i = 0; i < others.size(); ++i) {
    const int expected = sent / static_cast<int>(symbols.size());
    int count = 0;
    while (const auto message = others[i]->read(0ms)) {
      if (text_at(*message, "data.price") != "64000.00") ++count;
    }
    CHECK(count >= expected - 1);
    CHECK(count <= expected + 1);
  }
  CHECK(metric(at.port(), "too_slow_total") == 1);
}

TEST_CASE("fault 65: two clients that read nothing: memory grows by less than 2 MB") {
  sim::Options options = Relayed::quiet();
  options.rate = 2000;
  Relayed at(options);
  INFO(at.logs());
  const char* text = std::getenv("TICKCACHE_RELAY_SECONDS");
  const std::uint64_t seconds = text == nullptr ? 8 : std::stoull(text);
  WebSocket quick(at.port());
  REQUIRE(quick.subscribe_all());
  for (int i = 0; i < 2000; ++i) REQUIRE(quick.read());
  WebSocket plain(at.port(), "/ws/v1", 4096);
  WebSocket conflating(at.port(), "/ws/v1?conflate=1", 4096);
  const long before = at.memory();
  for (WebSocket* client : {&plain, &conflating}) REQUIRE(client->subscribe("ticker_all"));
  long most = before;
  for (std::uint64_t ticks = 0; ticks < seconds * 2000; ++ticks) {
    REQUIRE(quick.read());
    if (ticks % 100 == 0) most = std::max(most, at.memory());
  }
  REQUIRE(soon([&] {
    most = std::max(most, at.memory());
    while (quick.read(0ms)) continue;
    return metric(at.port(), "too_slow_total") == 1;
  }));
  MESSAGE("memory grew by ", most - before, " kB");
  if (!kAddressSanitizer) CHECK(most - before < 2048);
  CHECK(metric(at.port(), "missed_total") == 0);
  CHECK(conflating.read_with("missed", "-"));
}

TEST_CASE("fault 66: foreign names and pages, no token, headers without end") {
  const TemporaryDirectory directory;
  const std::string token = directory.write("token", "0123456789abcdef0123456789abcdef\n");
  Relayed open;
  INFO(open.logs());
  const LoopbackPort port(PortUse::is_free);
  const Program closed(
      Command{RELAY_PROGRAM,
              {"--config", "/dev/null", "--listen", port.endpoint(), "--token-file", token},
              {"TICKCACHE_SEGMENT=" + open.here.segment()}});
  REQUIRE(soon([&] { return get(port.number(), "/healthz").status == 200; }));
  for (const char* path : {"/v1/prices", "/v1/stream", "/metrics", "/readyz", "/v1/orders"}) {
    CAPTURE(path);
    CHECK(get(port.number(), path).status == 401);
    CHECK(get(port.number(), path, {"Authorization: Bearer wrong"}).status == 401);
    CHECK(get(open.port(), path, {"Host: evil.example"}).status == 421);
    CHECK(get(open.port(), path, {"Origin: http://evil.example"}).status == 403);
  }
  CHECK(WebSocket(port.number()).status() == 401);
  CHECK(WebSocket(port.number(), "/ws/v1?token=0123456789abcdef0123456789abcdef").status() == 101);
  CHECK(WebSocket(open.port(), "/ws/v1", 0, {"Host: evil.example"}).status() == 421);
  CHECK(WebSocket(open.port(), "/ws/v1", 0, {"Origin: http://evil.example"}).status() == 403);
  CHECK(get(port.number(), "/v1/prices", {"Authorization: Bearer 0123456789abcdef0123456789abcdef"})
            .status == 200);

  const long before = open.memory();
  for (int i = 0; i < 50; ++i) {
    Connection giant(open.port());
    static_cast<void>(giant.send_some("GET /" + std::string(100'000, 'x')));
    Connection headers(open.port());
    static_cast<void>(headers.send_some("GET / HTTP/1.1\r\n"));
    for (int line = 0; line < 2000; ++line) {
      if (headers.send_some("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n") == 0) break;
    }
    const auto answer = headers.take_until("\r\n");
    if (answer) CHECK(has(*answer, " 431 "));
  }
  CHECK(get(open.port(), "/healthz").status == 200);
  MESSAGE("memory grew by ", open.memory() - before, " kB");
  if (!kAddressSanitizer) CHECK(open.memory() - before < 4096);
}

TEST_CASE("fault 66: 2,000 slow connections, and health and prices still answer") {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  Relayed at;
  INFO(at.logs());
  WebSocket client(at.port());
  REQUIRE(client.subscribe_all());
  const char* text = std::getenv("TICKCACHE_RELAY_CONNECTIONS");
  const std::size_t count = text == nullptr ? 2000 : std::stoull(text);
  const long before = at.memory();
  std::vector<Connection> slow;
  for (std::size_t i = 0; i < count; ++i) {
    slow.emplace_back(at.port());
    // A request that never ends, one byte at a time.
    static_cast<void>(slow.back().send_some(i % 2 == 0 ? "G" : "GET / HTTP/1.1\r\nHo"));
    if (i % 500 == 0) CHECK(get(at.port(), "/healthz").status == 200);
  }
  CHECK(get(at.port(), "/healthz").status == 200);
  CHECK(get(at.port(), "/v1/prices").status == 200);
  CHECK(WebSocket(at.port()).status() == 101);
  CHECK(metric(at.port(), "connections") <= 1016);
  MESSAGE("memory grew by ", at.memory() - before, " kB");
  if (!kAddressSanitizer) CHECK(at.memory() - before < 32 << 10);
  REQUIRE(at.exchange.send_tick("BTCUSDT", "77") == 1);
  CHECK(client.read_with("data.price", "77"));
  // Each is ended, however it goes on.
  CHECK(soon([&] {
    std::size_t ended = 0;
    for (Connection& one : slow) {
      static_cast<void>(one.send_some("x"));
      one.read_now();
      ended += one.has_ended() ? 1 : 0;
    }
    return ended == slow.size();
  }));
}

}  // namespace
}  // namespace tickcache::test
