#include "sim/trades.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace tickcache::sim;

namespace {

constexpr std::int64_t kMinute = 60'000;

}  // namespace

TEST_CASE("the last trades of a symbol are remembered, the newest last") {
  Trades trades({"BTCUSDT", "ETHUSDT"});
  CHECK(trades.recent("BTCUSDT", 5).empty());
  CHECK(trades.recent("NOSUCH", 5).empty());
  CHECK(trades.last(0).number == 0);
  const int count = static_cast<int>(kKeptTrades) + 10;
  for (int i = 1; i <= count; ++i) trades.add("BTCUSDT", std::to_string(i), "1", i);
  const auto all = trades.recent("BTCUSDT", 1000);
  REQUIRE(all.size() == kKeptTrades);
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].number == i + 11);
    CHECK(all[i].price == std::to_string(i + 11));
    CHECK(all[i].time_ms == static_cast<std::int64_t>(i + 11));
    if (i > 0) CHECK(all[i].boottime_ns >= all[i - 1].boottime_ns);
  }
  const auto two = trades.recent("BTCUSDT", 2);
  REQUIRE(two.size() == 2);
  CHECK(two[1].price == std::to_string(count));
  CHECK(trades.last(0).price == std::to_string(count));
}

TEST_CASE("a symbol is listed from its first trade on") {
  Trades trades({"BTCUSDT", "ETHUSDT"});
  CHECK(trades.find("NEWUSDT") == trades.size());
  trades.add("NEWUSDT", "4.5E-7", "", 1);
  CHECK(trades.name(trades.find("NEWUSDT")) == "NEWUSDT");
  const auto last = trades.all_last();
  REQUIRE(last.size() == 1);
  CHECK(last[0].symbol == "NEWUSDT");
  CHECK(last[0].trade.price == "4.5E-7");
}

TEST_CASE("trades make candles") {
  Trades trades({"BTCUSDT"});
  trades.add("BTCUSDT", "10", "1", 5 * kMinute);
  trades.add("BTCUSDT", "12", "2", 5 * kMinute + 1);
  trades.add("BTCUSDT", "9", "0.5", 6 * kMinute);
  trades.add("BTCUSDT", "no number", "1", 6 * kMinute);
  trades.add("BTCUSDT", "11", "1", 4 * kMinute);  // the clock went back
  trades.add("BTCUSDT", "8", "1", 10 * kMinute);
  const auto minutes = trades.candles(0, 1);
  REQUIRE(minutes.size() == 3);
  CHECK(minutes[0].time_ms == 5 * kMinute);
  CHECK(minutes[0].open == 10'00000000);
  CHECK(minutes[0].high == 12'00000000);
  CHECK(minutes[0].low == 10'00000000);
  CHECK(minutes[0].close == 12'00000000);
  CHECK(minutes[0].volume == 3'00000000);
  CHECK(minutes[0].trades == 2);
  CHECK(minutes[1].close == 11'00000000);
  const auto fives = trades.candles(0, 5);
  REQUIRE(fives.size() == 2);
  CHECK(fives[0].time_ms == 5 * kMinute);
  CHECK(fives[0].trades == 4);
  CHECK(fives[0].low == 9'00000000);
  CHECK(trades.day(0).close == 8'00000000);
  CHECK(trades.day(0).trades == 5);
}
