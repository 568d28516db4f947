#include "sim/exchange.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "sim/capture.hpp"
#include "sim/checksum.hpp"
#include "sim/running.hpp"
#include "sim/ws_client.hpp"

using namespace tickcache::sim;
using namespace std::chrono_literals;

namespace {

const std::string kBtc = R"({"action":"subscribe","channel":"ticker","symbol":"BTCUSDT"})";
const std::string kPong = R"({"action":"pong"})";

bool is_ping(const std::string& text) { return text.find("\"ping\"") != std::string::npos; }

OrderUpdate order() {
  OrderUpdate update;
  update.order_id = "1883fdfb-249b-58f5-b445-87dff6eabc06";
  update.status = "filled";
  update.symbol = "BTCUSDT";
  update.side = "sell";
  update.type = "market";
  update.quantity = "1";
  return update;
}

}  // namespace

TEST_CASE("a tick reaches the subscribers, once per subscription") {
  Running exchange(silent());
  WsClient client(exchange.port());
  client.send(kAll);
  client.send(kBtc);
  CHECK(client.read() == R"({"type": "subscribed", "channel": "ticker:all"})");
  CHECK(client.read() == R"({"type": "subscribed", "channel": "ticker:BTCUSDT"})");
  CHECK(exchange.send_tick("BTCUSDT", "64521.30000000") == 2);
  CHECK(exchange.send_tick("ETHUSDT", "3421.55000000") == 1);
  const auto first = client.read();
  REQUIRE(first);
  CHECK(value_of(*first, "\"price\": \"") == "64521.30000000");
  CHECK(client.read() == first);
  CHECK(value_of(client.read().value(), "\"symbol\": \"") == "ETHUSDT");
  const Counts counts = exchange.counts();
  CHECK(counts.ticker == 3);
  CHECK(counts.acks == 2);
  CHECK(counts.connections == 1);
  CHECK(counts.channels.at("ticker:all") == 2);
  CHECK(counts.channels.at("ticker:BTCUSDT") == 1);
  CHECK(exchange.last_sent("BTCUSDT").price == "64521.30000000");
  CHECK(exchange.last_sent("BTCUSDT").messages == 2);
  CHECK(exchange.last_sent("BTCUSDT").ticks == 1);
}

TEST_CASE("orders and odd frames go to whoever is subscribed") {
  Running exchange(silent());
  WsClient client(exchange.port());
  WsClient bystander(exchange.port());
  client.send(kOrders);
  REQUIRE(client.read());
  CHECK(exchange.send_order(order()) == 1);
  const std::string message = client.read().value();
  CHECK(message.find(exchange.recent_orders(5).at(0)) != std::string::npos);
  CHECK(exchange.send_raw("{\"odd\":") == 1);
  CHECK(client.read() == "{\"odd\":");
  CHECK(exchange.counts().orders == 1);
  CHECK(exchange.counts().raw == 1);
}

TEST_CASE("the upgrade is refused with the platform's statuses") {
  Options options = silent();
  Running any(options);
  CHECK(upgrade_status(any.port(), "/ws/v1?api_key=ak_live_x") == 101);
  CHECK(upgrade_status(any.port(), "/ws/v1?other=1&api_key=%61k_x") == 101);
  CHECK(upgrade_status(any.port(), "/ws/v1?api_key=nonsense") == 403);
  CHECK(upgrade_status(any.port(), "/ws/v1") == 403);
  CHECK(upgrade_status(any.port(), "/ws/v2?api_key=ak_x") == 404);
  any.reject_key(401);
  CHECK(upgrade_status(any.port(), "/ws/v1?api_key=ak_x") == 401);
  any.reject_key(0);
  CHECK(upgrade_status(any.port(), "/ws/v1?api_key=ak_x") == 101);
  CHECK(any.counts().upgrades_rejected == 4);
  options.key = "ak_a&b";
  Running one(options);
  CHECK(upgrade_status(one.port(), "/ws/v1?api_key=ak_a%26b") == 101);
  CHECK(upgrade_status(one.port(), "/ws/v1?api_key=ak_a") == 403);
}

TEST_CASE("a client that answers pings stays, one that does not is closed") {
  Options options = silent();
  options.ping_every = 20ms;
  options.pong_timeout = 400ms;
  Running exchange(options);
  WsClient good(exchange.port());
  for (int i = 0; i < 3; ++i) {
    CHECK(good.read() == R"({"type": "ping"})");
    good.send(R"({"type":"pong","action":"pong"})");
  }
  CHECK(exchange.wait_for([](const Counts& counts) { return counts.pongs >= 3; }, kSoon));

  WsClient bad(exchange.port());
  bad.send(R"({"type":"pong"})");
  // The answer and the ping may come in either order.
  int pings = 0;
  int refusals = 0;
  while (const auto message = bad.read()) {
    ++(is_ping(*message) ? pings : refusals);
    if (!is_ping(*message)) CHECK(message->find("UNKNOWN_ACTION") != std::string::npos);
  }
  CHECK(bad.close_code() == 1000);
  CHECK(pings == 1);
  CHECK(refusals == 1);
  CHECK(exchange.counts().dropped_without_pong >= 1);
}

TEST_CASE("the specification's server says nothing but data") {
  Options options = silent();
  options.dialect = Dialect::spec;
  Running exchange(options);
  WsClient client(exchange.port());
  client.send(kBtc);
  client.send(R"({"action":"subscribe","channel":"ticker:BTCUSDT"})");
  REQUIRE(exchange.wait_for([](const Counts& counts) { return counts.requests == 2; }, kSoon));
  CHECK(exchange.send_tick("BTCUSDT", "64521.3", "") == 1);
  CHECK(client.read().value().find(R"({"type":"ticker","symbol":"BTCUSDT","price":"64521.3",)") ==
        0);
}

TEST_CASE("data can be paused while pings go on") {
  Options options = silent();
  options.rate = 20'000;
  options.ping_every = 20ms;
  Running exchange(options);
  WsClient client(exchange.port());
  client.send(kAll);
  REQUIRE(exchange.wait_for([](const Counts& counts) { return counts.ticker > 0; }, kSoon));
  exchange.pause_data(true);
  const Counts paused = exchange.counts();
  while (!is_ping(client.read().value())) {
  }
  client.send(kPong);
  REQUIRE(exchange.wait_for([&](const Counts& c) { return c.pings > paused.pings; }, kSoon));
  CHECK(exchange.counts().ticker == paused.ticker);
  exchange.pause_data(false);
  CHECK(exchange.wait_for([&](const Counts& c) { return c.ticker > paused.ticker; }, kSoon));
}

TEST_CASE("connections can be cut, closed, and kept out") {
  Running exchange(silent());
  {
    WsClient client(exchange.port());
    CHECK(exchange.drop_all() == 1);
    CHECK_FALSE(client.read());
    CHECK(client.close_code() == 0);
    CHECK(exchange.wait_for([](const Counts& counts) { return counts.connections == 0; }, kSoon));
  }
  {
    WsClient client(exchange.port());
    CHECK(exchange.close_all(4401) == 1);
    CHECK_FALSE(client.read());
    CHECK(client.close_code() == 4401);
  }
  WsClient stays(exchange.port());
  exchange.stop_accepting();
  CHECK_THROWS_AS(WsClient(exchange.port()), std::runtime_error);
  exchange.accept_again();
  const WsClient back(exchange.port());
  stays.send(kBtc);
  CHECK(stays.read());
  CHECK(exchange.counts().connections_total == 4);
}

TEST_CASE("a client that does not read is dropped") {
  Options options = silent();
  options.queue_limit = 1 << 20;
  Running exchange(options);
  WsClient client(exchange.port());
  client.send(kAll);
  REQUIRE(client.read());
  const std::string big(60'000, 'x');
  while (exchange.send_raw(big) == 1) {
  }
  CHECK(exchange.wait_for([](const Counts& counts) { return counts.dropped_slow == 1; }, kSoon));
  CHECK(exchange.counts().connections == 0);
}

TEST_CASE("a hundred thousand checksummed ticks arrive, each of them right") {
  Options options;
  options.symbols = 50;
  options.rate = 100'000;
  options.count = 100'000;
  options.burst = true;
  options.checksum = true;
  Running exchange(options);
  WsClient client(exchange.port());
  client.send(kAll);
  REQUIRE(client.read());
  std::vector<std::uint64_t> last(options.symbols);
  for (int i = 0; i < 100'000; ++i) {
    const std::string message = client.read().value();
    const std::string symbol = value_of(message, "\"symbol\": \"");
    const auto sequence = verify_checksum(symbol, value_of(message, "\"price\": \""),
                                          value_of(message, "\"quantity\": \""));
    if (!sequence) FAIL(message);
    if (i == 99'999) CHECK(exchange.last_sent(symbol).sequence == *sequence);
  }
  const Counts counts = exchange.counts();
  CHECK(counts.ticks_sent == 100'000);
  CHECK(counts.ticker == 100'000);
}

TEST_CASE("a steady rate is kept: what was due is what was sent") {
  Options options = silent();
  options.rate = 5'000;
  options.count = 2'500;
  Running exchange(options);
  WsClient client(exchange.port());
  const auto begin = std::chrono::steady_clock::now();
  client.send(kAll);
  REQUIRE(exchange.wait_for([](const Counts& c) { return c.ticks_sent == 2'500; }, kSoon));
  CHECK(std::chrono::steady_clock::now() - begin > 450ms);
}

TEST_CASE("orders, portfolio and candles are generated for their subscribers") {
  Options options = silent();
  options.rate = 1'000;
  options.orders_per_second = 200;
  options.portfolio_per_second = 200;
  options.candle_every = 10ms;
  options.open_candle_every = 10ms;
  Running exchange(options);
  WsClient client(exchange.port());
  client.send(kOrders);
  client.send(R"({"action":"subscribe","channel":"portfolio"})");
  client.send(R"({"action":"subscribe","channel":"candles","symbol":"BTCUSDT","interval":"1m"})");
  CHECK(exchange.wait_for(
      [](const Counts& c) { return c.orders >= 5 && c.portfolio >= 5 && c.candles >= 10; }, kSoon));
  CHECK(exchange.recent_orders(3).size() == 3);
  CHECK(exchange.counts().channels.count("candles:BTCUSDT:1m") == 1);
  CHECK(exchange.counts().ticker == 0);
}

TEST_CASE("a capture is replayed byte for byte") {
  Options options = silent();
  options.replay = TICKCACHE_TEST_DATA "/platform-frames.ndjson";
  const auto frames = replayable(read_capture(options.replay));
  REQUIRE(frames.size() == 509);
  Running exchange(options);
  WsClient client(exchange.port());
  for (const ReplayFrame& frame : frames) REQUIRE(client.read() == frame.text);
  const Counts counts = exchange.counts();
  CHECK(counts.ticker == 490);
  CHECK(counts.orders == 13);
  CHECK(counts.portfolio == 2);
  CHECK(counts.candles == 3);
  CHECK(counts.pings == 1);
  CHECK(exchange.recent_orders(1).at(0).find("\"LINKUSDT\"") != std::string::npos);
}

TEST_CASE("the functions may be called from any thread, and stopping ends a wait") {
  Options options = silent();
  options.rate = 10'000;
  Running exchange(options);
  WsClient client(exchange.port());
  client.send(kAll);
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&exchange, i] {
      for (int n = 0; n < 200; ++n) {
        exchange.send_tick("BTCUSDT", std::to_string(i + 1));
        exchange.counts();
        exchange.last_sent("BTCUSDT");
        exchange.pause_data(n % 2 == 0);
        exchange.summary_json();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  std::thread waiter(
      [&exchange] { CHECK_FALSE(exchange.wait_for([](const Counts&) { return false; }, 1h)); });
  CHECK_FALSE(exchange.wait_for([](const Counts&) { return false; }, 5ms));
  exchange.stop();
  waiter.join();
  CHECK(exchange.counts().ticker >= 600);
  CHECK(exchange.drop_all() == 0);
  CHECK_FALSE(exchange.wait_for([](const Counts&) { return false; }, 1h));
  exchange.stop();
}

TEST_CASE("an exchange says why it cannot start") {
  Options options = silent();
  options.address = "192.0.2.1";
  CHECK_THROWS_AS(Exchange{options}, std::invalid_argument);
  options = silent();
  Running first(options);
  options.port = first.port();
  Exchange second(options);
  CHECK_THROWS_WITH_AS(second.start(), doctest::Contains("Address already in use"),
                       std::runtime_error);
  CHECK_THROWS_AS(first.start(), std::logic_error);
  CHECK(first.url() == "ws://127.0.0.1:" + std::to_string(first.port()));
}
