#include "sim/wire.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace tickcache::sim;
using namespace std::chrono_literals;

namespace {

const Wire::Time kStart{1h};

void push(Wire& wire, const std::string& price, Wire::Time now) {
  wire.push({"BTCUSDT", 0, price, {}}, now);
}

// The prices that are due, as one word.
std::string due(Wire& wire, Wire::Time now) {
  std::string prices;
  while (wire.is_due(now)) prices += wire.take().price;
  return prices;
}

}  // namespace

TEST_CASE("ticks leave with the next flush, in the order of their trades") {
  Options options;
  options.rest_lead = {200ms, 1000ms};
  Wire wire(options);
  CHECK_FALSE(wire.is_open());
  push(wire, "a", kStart);
  push(wire, "b", kStart + 800ms);
  push(wire, "c", kStart + 801ms);
  CHECK(due(wire, kStart + 999ms).empty());
  CHECK(due(wire, kStart + 1000ms) == "ab");
  CHECK(due(wire, kStart + 1800ms).empty());
  CHECK(due(wire, kStart + 1801ms) == "c");
}

TEST_CASE("a delay keeps the order, and its end sends what waits") {
  Wire wire(Options{});
  CHECK(wire.is_open());
  wire.delay(60s);
  push(wire, "a", kStart);
  wire.delay(3s);
  push(wire, "b", kStart + 1s);  // must not overtake
  CHECK(due(wire, kStart + 59s).empty());
  push(wire, "c", kStart + 59s);
  CHECK(due(wire, kStart + 60s) == "ab");
  CHECK(due(wire, kStart + 62s) == "c");
  push(wire, "d", kStart + 62s);
  wire.delay(0ms);
  CHECK_FALSE(wire.is_open());
  CHECK(due(wire, kStart + 62s) == "d");
  CHECK(wire.is_open());
}

TEST_CASE("retained ticks are replayed in order within two and a half seconds") {
  Wire wire(Options{});
  wire.retain(true, kStart);
  const std::string word = "replayed";
  for (const char c : word) push(wire, std::string(1, c), kStart);
  CHECK(due(wire, kStart + 24h).empty());
  wire.delay(0ms);  // is no release
  CHECK(due(wire, kStart + 24h).empty());
  const Wire::Time released = kStart + 24h;
  wire.retain(false, released);
  push(wire, "!", released + 1ms);  // behind them
  std::string sent = due(wire, released);
  CHECK(sent == "r");
  sent += due(wire, released + 1000ms);
  CHECK(sent == "repla");
  sent += due(wire, released + 2500ms);
  CHECK(sent == word + "!");
  CHECK(wire.is_open());
}

TEST_CASE("ticks are lost, all or of one symbol") {
  Options options;
  options.lost_symbols = {"SOLUSDT"};
  Wire wire(options);
  CHECK(wire.loses("SOLUSDT"));
  CHECK_FALSE(wire.loses("BTCUSDT"));
  wire.lose("BTCUSDT", true);
  CHECK(wire.loses("BTCUSDT"));
  wire.lose("BTCUSDT", false);
  wire.lose(true);
  CHECK(wire.loses("ETHUSDT"));
  wire.lose(false);
  CHECK_FALSE(wire.loses("ETHUSDT"));
}
