// The relay as a process, beside tickcached and the simulated exchange.
#include <signal.h>
#include <sys/resource.h>

#include <map>
#include <set>

#include "relay/relayed.hpp"
#include "support/sanitizers.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

const std::string kOwn = "?api_key=" + std::string(kTestKey);

Strings lines_of(const std::string& text) {
  Strings lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

struct Data {
  std::string price, quantity, timestamp;
  bool operator==(const Data&) const = default;
};

TEST_CASE("relay: the data of 620 symbols is that of tickcache get --json, to the letter") {
  sim::Options options = Relayed::quiet();
  options.rate = 5000;
  Relayed at(options);
  INFO(at.logs());
  Reader reader = at.here.reader();
  REQUIRE(soon([&] { return all_are(reader, at.exchange.symbols(), Freshness::live); }));
  EventSource stream(at.port());
  WebSocket early(at.port());
  REQUIRE(early.subscribe_all());
  at.exchange.pause_data(true);
  // Everything that was sent has come when the last tick has.
  REQUIRE(at.exchange.send_tick("BTCUSDT", "1.00000001", "0.5") == 1);
  std::map<std::string, Data> enveloped;
  std::map<std::string, Data> flat;
  std::map<std::string, Data> events;
  while (const auto message = early.read()) {
    Data& data = enveloped[text_at(*message, "symbol")];
    data = {text_at(*message, "data.price"), text_at(*message, "data.quantity"),
            text_at(*message, "data.timestamp")};
    if (data.price == "1.00000001") break;
  }
  while (const auto event = stream.read()) {
    if (event->name != "ticker" && event->name != "price") continue;
    Data& data = events[text_at(event->data, "symbol")];
    data = {text_at(event->data, "price"), text_at(event->data, "quantity"),
            text_at(event->data, "timestamp")};
    if (data.price == "1.00000001") break;
  }
  // Without delay: a price is only shown to a plain client while it is live.
  WebSocket late(at.port(), "/ws/v1?status=1");
  late.send(R"({"action":"subscribe","channel":"ticker:all"})");
  while (flat.size() < 620) {
    const auto message = late.read();
    REQUIRE(message);
    if (text_at(*message, "type") != "ticker") continue;
    flat[text_at(*message, "symbol")] = {text_at(*message, "price"), text_at(*message, "quantity"),
                                         text_at(*message, "timestamp")};
  }
  const Strings rows = lines_of(at.here.ask({"list", "--json"}).out);
  REQUIRE(rows.size() == 620);
  for (const std::string& row : rows) {
    const std::string symbol = text_at(row, "symbol");
    CAPTURE(symbol);
    const Data expected{text_at(row, "price"), text_at(row, "quantity"), text_at(row, "timestamp")};
    CHECK((enveloped[symbol] == expected));
    CHECK((flat[symbol] == expected));
    CHECK((events[symbol] == expected));
    const std::string answer = get(at.port(), "/v1/price/" + symbol).body;
    CHECK(text_at(answer, "price") == expected.price);
    CHECK(text_at(answer, "timestamp") == expected.timestamp);
  }
}

TEST_CASE("relay: orders, portfolio and candles as the exchange sends them") {
  sim::Options options = Relayed::quiet();
  options.candle_every = 200ms;
  options.portfolio_per_second = 5;
  Relayed at(options);
  INFO(at.logs());
  WebSocket client(at.port(), "/ws/v1" + kOwn);
  for (const char* channel : {"orders", "portfolio"}) {
    client.subscribe(channel);
    CHECK(client.is_subscribed(channel));
  }
  client.subscribe("candles", "BTCUSDT", "1m");
  CHECK(client.is_subscribed("candles:BTCUSDT:1m"));
  REQUIRE(at.exchange.send_order(some_order()) == 1);
  const auto order = client.read_with("channel", "orders");
  REQUIRE(order);
  CHECK(text_at(*order, "data.order_id") == some_order().order_id);
  CHECK(text_at(*order, "data.quantity") == "0.50000000");
  const auto portfolio = client.read_with("channel", "portfolio");
  REQUIRE(portfolio);
  CHECK(text_at(*portfolio, "data.total_equity") != "-");
  const auto candle = client.read_with("channel", "candles");
  REQUIRE(candle);
  CHECK(text_at(*candle, "symbol") == "BTCUSDT");
  CHECK(text_at(*candle, "data.is_closed") == "true");
  client.subscribe("orders", {}, {}, "unsubscribe");
  CHECK(client.read_with("type", "unsubscribed"));
  REQUIRE(at.exchange.send_order(some_order()) == 1);
  CHECK(client.read_with("channel", "candles"));
  const auto next = client.read_with("channel", "portfolio");
  CHECK(next);
  CHECK(text_at(get(at.port(), "/v1/orders", {"X-API-Key: ak_other"}).body, "error.code") ==
        "OWN_KEY_REQUIRED");
  CHECK(has(get(at.port(), "/v1/orders" + kOwn).body, some_order().order_id));
}

TEST_CASE("relay: after a restart with another key, nothing of an account goes to the other's") {
  Relayed at;
  INFO(at.logs());
  const std::string other = "?status=1&api_key=ak_test_another_key";
  WebSocket old(at.port(), "/ws/v1" + kOwn + "&status=1");
  EventSource old_stream(at.port(), "/v1/stream?channels=orders&api_key=" + std::string(kTestKey));
  for (const char* channel : {"orders", "portfolio"}) {
    old.subscribe(channel);
    CHECK(old.is_subscribed(channel));
  }
  sim::OrderUpdate first = some_order();
  first.order_id = "of-the-old-account";
  REQUIRE(at.exchange.send_order(first) == 1);
  CHECK(text_at(*old.read_with("channel", "orders"), "data.order_id") == "of-the-old-account");
  const std::string id = old_stream.read_named("order")->id;
  for (const int how : {SIGTERM, SIGKILL}) {
    const bool to_other = how == SIGTERM;
    const std::string key = to_other ? "ak_test_another_key" : std::string(kTestKey);
    WebSocket owner(at.port(), "/ws/v1?status=1&api_key=" + key);  // not yet
    owner.subscribe("orders");
    CHECK(text_at(*owner.read_with("type", "error"), "code") == "INVALID_CHANNEL");
    at.daemon->signal(how);
    at.daemon->wait();
    at.start_daemon(key);
    // As soon as there is somebody, from the first moment on.
    sim::OrderUpdate next = some_order();
    next.order_id = to_other ? "of-the-other-account" : "of-the-first-again";
    REQUIRE(soon([&] { return at.exchange.send_order(next) == 1; }));
    REQUIRE(soon([&] {
      at.exchange.send_tick("BTCUSDT", "1");
      return at.is_live();
    }));
    // What the relay knows of the daemon may be a quarter of a second old.
    REQUIRE(soon([&] {
      owner.subscribe("orders");
      for (auto answer = owner.read(); answer; answer = owner.read()) {
        const std::string type = text_at(*answer, "type");
        if (type == "subscribed" || type == "error") return type == "subscribed";
      }
      return false;
    }));
    REQUIRE(at.exchange.send_order(next) == 1);
    const auto order = owner.read_with("channel", "orders");
    REQUIRE(order);
    CHECK(text_at(*order, "data.order_id") == next.order_id);
    const Answer list = get(at.port(), "/v1/orders?api_key=" + key);
    CHECK(list.status == 200);
    CHECK(has(list.body, next.order_id));
    CHECK(has(list.body, "of-the-old-account") == false);
    if (!to_other) continue;
    CHECK(get(at.port(), "/v1/orders" + kOwn).status == 403);
    // Not by an event's id either.
    EventSource resumed(at.port(), "/v1/stream?channels=orders&api_key=" + key,
                        {"Last-Event-ID: " + id.substr(0, id.find('-')) + "-0"});
    CHECK(resumed.read_named("gap"));
    old.subscribe("orders");
    CHECK(old.read_with("code", "INVALID_CHANNEL"));
    at.exchange.send_tick("ETHUSDT", "7");
    old.subscribe("ticker", "ETHUSDT");
    while (const auto message = old.read()) {
      CHECK_FALSE(has(*message, next.order_id));
      if (text_at(*message, "symbol") == "ETHUSDT") break;
    }
  }
  // What came for the old key's stream while the other account was there: nothing.
  old_stream.connection.read_now();
  CHECK_FALSE(has(old_stream.connection.pending, "of-the-other-account"));
}

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
  const auto send = [&](int count) {
    for (int end = sent + count; sent < end;) {
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
  send(2000);
  const long before = at.memory();
  long most = before;
  while (metric(at.port(), "too_slow_total") == 0) {
    send(500);
    most = std::max(most, at.memory());
    REQUIRE(sent < 100'000);
  }
  const int until_dropped = sent;
  send(5000);
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

/// What happens to the daemon, and how it ends.
struct Outage {
  std::string name;
  void (*begin)(Relayed&);
  void (*end)(Relayed&);
};

TEST_CASE("fault 67: the daemon killed, suspended, cut off, restarted: all go on by themselves") {
  const Outage outages[] = {
      {"killed", [](Relayed& at) { at.daemon->kill(); }, [](Relayed& at) { at.start_daemon(); }},
      {"suspended", [](Relayed& at) { at.daemon->suspend(); },
       [](Relayed& at) { at.daemon->signal(SIGCONT); }},
      {"stopped", [](Relayed& at) { CHECK(at.daemon->stop() == 0); },
       [](Relayed& at) { at.start_daemon(); }},
      {"dropped",
       [](Relayed& at) {
         at.exchange.stop_accepting();
         at.exchange.drop_all();
       },
       [](Relayed& at) { at.exchange.accept_again(); }},
      {"swallowed", [](Relayed& at) { at.path->swallow(true); },
       [](Relayed& at) {
         at.path->swallow(false);
         at.path->cut();
       }},
  };
  sim::Options options = Relayed::quiet();
  options.rate = 2000;  // so that a silence is noticed
  Relayed at(options, "1");
  INFO(at.logs());
  WebSocket told(at.port(), "/ws/v1?status=1");
  EventSource stream(at.port());
  REQUIRE(told.read_with("type", "status"));
  REQUIRE(stream.read_named("status"));
  for (const Outage& outage : outages) {
    CAPTURE(outage.name);
    std::vector<std::unique_ptr<WebSocket>> plain;
    for (int i = 0; i < 10; ++i) {
      plain.push_back(std::make_unique<WebSocket>(at.port()));
      REQUIRE(plain.back()->subscribe_all());
    }
    outage.begin(at);
    const auto begin = Clock::now();
    for (const auto& client : plain) {
      CHECK(client->read_to_end() == 1012);
      CHECK(client->after_close() == 0);
    }
    const auto took = Clock::now() - begin;
    const auto status = told.read_with("type", "status");
    REQUIRE(status);
    CHECK(text_at(*status, "freshness") != "live");
    const auto event = stream.read_named("status");
    REQUIRE(event);
    CHECK(text_at(event->data, "freshness") != "live");
    MESSAGE(outage.name, ": all closed after ",
            std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), " ms");
    CHECK(WebSocket(at.port()).status() == 503);
    CHECK(get(at.port(), "/healthz").status == 200);
    CHECK(get(at.port(), "/readyz").status == 503);
    CHECK(get(at.port(), "/v1/price/BTCUSDT?require=live").status == 503);

    outage.end(at);
    std::optional<WebSocket> again;
    REQUIRE(soon([&] {
      again.emplace(at.port());
      return again->status() == 101;
    }));
    again->subscribe("ticker_all");
    CHECK(again->read_with("freshness", "live"));
    CHECK(told.read_with("freshness", "live"));
    for (std::string freshness; freshness != "live";) {
      const auto next = stream.read_named("status");
      REQUIRE(next);
      freshness = text_at(next->data, "freshness");
    }
  }
}

TEST_CASE("relay: SIGTERM closes every client and ends with 0; no segment is no error") {
  Relayed at;
  INFO(at.logs());
  WebSocket client(at.port());
  REQUIRE(client.subscribe_all());
  CHECK(at.relay->stop() == 0);
  CHECK(client.read_to_end() == 1012);
  CHECK(has(at.relay->err(), "listening on http://127.0.0.1:" + std::to_string(at.port())));

  const SegmentName none;
  const LoopbackPort port(PortUse::is_free);
  Program alone(Command{RELAY_PROGRAM,
                        {"--config", "/dev/null", "--listen", port.endpoint()},
                        {"TICKCACHE_SEGMENT=" + none.str()}});
  REQUIRE(soon([&] { return get(port.number(), "/healthz").status == 200; }));
  CHECK(get(port.number(), "/readyz").body == "down: no daemon; start tickcached\n");
  CHECK(get(port.number(), "/v1/prices").body == "[]\n");
  CHECK(get(port.number(), "/v1/prices?require=live").status == 503);
  CHECK(get(port.number(), "/v1/price/BTCUSDT").status == 503);
  CHECK(text_at(get(port.number(), "/v1/status").body, "reason") == "no_segment");
  CHECK(get(port.number(), "/v1/orders?api_key=x").status == 403);
  CHECK(alone.stop() == 0);
}

TEST_CASE("relay: a port that is taken is an error that names it") {
  const LoopbackPort taken(PortUse::is_silent);
  const SegmentName none;
  const Outcome outcome = run_to_end({RELAY_PROGRAM,
                                      {"--config", "/dev/null", "--listen", taken.endpoint()},
                                      {"TICKCACHE_SEGMENT=" + none.str()}});
  CHECK(outcome.code == 1);
  CHECK(has(outcome.err, "cannot listen on " + taken.endpoint()));
}

}  // namespace
}  // namespace tickcache::test
