// What an exchange does to its feed on purpose.
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "sim/exchange.hpp"
#include "sim/running.hpp"
#include "sim/ws_client.hpp"

using namespace tickcache::sim;
using namespace std::chrono_literals;

namespace {

// A client of all symbols, and the prices it gets.
struct Follower : WsClient {
  explicit Follower(const Exchange& exchange) : WsClient(exchange.port()) {
    send(kAll);
    REQUIRE(read());
  }
  std::string price() { return value_of(read().value(), "\"price\": \""); }
  std::string timestamp() { return value_of(read().value(), "\"timestamp\": \""); }
};

}  // namespace

TEST_CASE("a trade is known at once, its tick comes later") {
  Options options = silent();
  options.rest_lead = {300ms, 300ms};
  Running exchange(options);
  Follower follower(exchange);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(exchange.send_tick("BTCUSDT", "1") == 0);
  CHECK(exchange.trades("BTCUSDT").back().price == "1");
  CHECK(follower.price() == "1");
  CHECK(std::chrono::steady_clock::now() - begin >= 300ms);
}

TEST_CASE("a delayed feed catches up when the delay ends") {
  Running exchange(silent());
  Follower follower(exchange);
  exchange.delay_feed(1h);
  exchange.send_tick("BTCUSDT", "1");
  exchange.send_tick("BTCUSDT", "2");
  CHECK(exchange.counts().ticker == 0);
  exchange.delay_feed(0ms);
  CHECK(exchange.counts().ticker == 2);
  CHECK(exchange.send_tick("BTCUSDT", "3") == 1);
  for (const char* price : {"1", "2", "3"}) CHECK(follower.price() == price);
}

TEST_CASE("retained ticks come with the time of their trade") {
  Running exchange(silent());
  Follower follower(exchange);
  exchange.retain(true);
  exchange.step_clock(-1h);
  exchange.send_tick("BTCUSDT", "1");
  exchange.send_tick("ETHUSDT", "2");
  exchange.step_clock(0ms);
  exchange.retain(false);
  exchange.send_tick("BTCUSDT", "3");
  CHECK(exchange.wait_for([](const Counts& counts) { return counts.ticker == 3; }, kSoon));
  const std::string first = follower.timestamp();
  CHECK(first == iso_time(exchange.trades("BTCUSDT").front().time_ms));
  CHECK(follower.price() == "2");
  CHECK(follower.timestamp() > first);
}

TEST_CASE("lost ticks are traded all the same") {
  Running exchange(silent());
  Follower follower(exchange);
  exchange.lose_symbol("BTCUSDT", true);
  CHECK(exchange.send_tick("BTCUSDT", "1") == 0);
  CHECK(exchange.send_tick("ETHUSDT", "2") == 1);
  exchange.lose_symbol("BTCUSDT", false);
  exchange.lose(true);
  CHECK(exchange.send_tick("ETHUSDT", "3") == 0);
  exchange.lose(false);
  CHECK(exchange.send_tick("BTCUSDT", "4") == 1);
  CHECK(follower.price() == "2");
  CHECK(follower.price() == "4");
  CHECK(exchange.counts().ticks_lost == 2);
  CHECK(exchange.trades("ETHUSDT").back().price == "3");
  CHECK(exchange.last_trades().size() == 2);
}

TEST_CASE("the exchange's clock is its own") {
  Running exchange(silent());
  Follower follower(exchange);
  exchange.send_tick("BTCUSDT", "1");
  exchange.step_clock(5s);
  exchange.send_tick("BTCUSDT", "2");
  exchange.timestamps(false);
  exchange.send_tick("BTCUSDT", "3");
  const auto trades = exchange.trades("BTCUSDT");
  REQUIRE(trades.size() == 3);
  CHECK(trades[1].time_ms - trades[0].time_ms >= 5000);
  CHECK(trades[1].boottime_ns >= trades[0].boottime_ns);
  CHECK(follower.timestamp() == iso_time(trades[0].time_ms));
  CHECK(follower.timestamp() == iso_time(trades[1].time_ms));
  CHECK(follower.read().value().find("timestamp") == std::string::npos);
}

TEST_CASE("generated ticks are traded whether or not somebody listens") {
  Options options = silent();
  options.rate = 10'000;
  options.timestamps = false;
  options.feed_delay = 1h;
  Running exchange(options);
  CHECK(
      exchange.wait_for([](const Counts& counts) { return counts.ticks_generated > 200; }, kSoon));
  exchange.pause_data(true);
  CHECK(exchange.last_trades().size() == options.symbols);
  Follower follower(exchange);
  exchange.delay_feed(0ms);
  const std::string message = follower.read().value();
  CHECK(message.find("timestamp") == std::string::npos);
  CHECK(exchange.counts().ticks_sent == exchange.counts().ticks_generated);
}
