// The relay as a process, beside tickcached and the simulated exchange.
#include <signal.h>

#include <map>

#include "relay/relayed.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

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
  std::map<std::string, Data> enveloped;
  std::map<std::string, Data> flat;
  std::map<std::string, Data> events;
  // Whether a message came and was not the last one.
  const auto take_message = [&] {
    const auto message = early.read();
    REQUIRE(message);
    if (text_at(*message, "channel") != "ticker") return true;
    Data& data = enveloped[text_at(*message, "symbol")];
    data = {text_at(*message, "data.price"), text_at(*message, "data.quantity"),
            text_at(*message, "data.timestamp")};
    return data.price != "1.00000001";
  };
  const auto take_event = [&] {
    const auto event = stream.read();
    REQUIRE(event);
    if (event->name != "ticker" && event->name != "price") return true;
    Data& data = events[text_at(event->data, "symbol")];
    data = {text_at(event->data, "price"), text_at(event->data, "quantity"),
            text_at(event->data, "timestamp")};
    return data.price != "1.00000001";
  };
  // What a client gets first is in no order, so the last tick must not be among it.
  while (enveloped.size() < 620) REQUIRE(take_message());
  while (events.size() < 620) REQUIRE(take_event());
  at.exchange.pause_data(true);
  // Everything that was sent has come when the last tick has.
  REQUIRE(at.exchange.send_tick("BTCUSDT", "1.00000001", "0.5") == 1);
  while (take_message()) continue;
  while (take_event()) continue;
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
  WebSocket witness(at.port(), "/ws/v1" + kOwn);
  witness.subscribe("orders");
  CHECK(witness.is_subscribed("orders"));
  sim::OrderUpdate unwanted = some_order();
  unwanted.order_id = "after-unsubscribing";
  REQUIRE(at.exchange.send_order(unwanted) == 1);
  REQUIRE(witness.read_with("data.order_id", unwanted.order_id));
  // The relay has passed the order to all that want it, so the answer to this comes after it.
  client.send(R"({"type":"ping"})");
  for (std::string type; type != "pong";) {
    const auto message = client.read();
    REQUIRE(message);
    CHECK(text_at(*message, "channel") != "orders");
    type = text_at(*message, "type");
  }
  CHECK(client.read_with("channel", "candles"));
  CHECK(client.read_with("channel", "portfolio"));
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
    REQUIRE(soon([&] { return at.exchange.send_order(next) == 1; }));
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

TEST_CASE("relay: SIGTERM closes every client and ends with 0") {
  Relayed at;
  INFO(at.logs());
  WebSocket client(at.port());
  REQUIRE(client.subscribe_all());
  CHECK(at.relay->stop() == 0);
  CHECK(client.read_to_end() == 1012);
  CHECK(has(at.relay->err(), "listening on http://127.0.0.1:" + std::to_string(at.port())));
}

}  // namespace
}  // namespace tickcache::test
