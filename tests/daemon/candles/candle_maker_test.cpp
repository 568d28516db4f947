// Candles of ticks: that they are right, when they close, and whether they say what they lack.
#include <algorithm>
#include <random>
#include <utility>

#include "daemon/candles/candle_rig.hpp"

namespace tickcache::daemon {
namespace {

/// A trade at 8 fraction digits.
struct Trade {
  Time time{};
  std::int64_t price = 0;
  std::int64_t quantity = 0;
};

std::string at_eight_digits(std::int64_t mantissa) { return Decimal{mantissa, 8, {}}.str(); }

/// What the candle must be, computed from the trades alone.
std::map<Time, std::string> expected_candles(std::vector<Trade> trades, Time length) {
  std::stable_sort(trades.begin(), trades.end(),
                   [](const Trade& a, const Trade& b) { return a.time < b.time; });
  std::map<Time, std::vector<Trade>> intervals;
  for (const Trade& trade : trades) intervals[trade.time / length * length].push_back(trade);
  std::map<Time, std::string> result;
  for (const auto& [begin, of_it] : intervals) {
    std::int64_t high = 0;
    std::int64_t low = INT64_MAX;
    std::int64_t volume = 0;
    for (const Trade& trade : of_it) {
      high = std::max(high, trade.price);
      low = std::min(low, trade.price);
      volume += trade.quantity;
    }
    result[begin] = at_eight_digits(of_it.front().price) + ' ' + at_eight_digits(high) + ' ' +
                    at_eight_digits(low) + ' ' + at_eight_digits(of_it.back().price) + ' ' +
                    at_eight_digits(volume);
  }
  return result;
}

TEST_CASE("the candles of six intervals are those of the same ticks, whenever they arrive") {
  CandleRig at(all_intervals("BTCUSDT"));
  at.connect();
  std::mt19937_64 random(7);
  std::vector<Trade> trades;
  std::multimap<Time, Trade> under_way;
  std::map<std::string_view, std::map<Time, Candle>> seen;
  std::uniform_int_distribution<std::int64_t> price(1, 9'000'000'000'000'000);
  std::uniform_int_distribution<std::int64_t> quantity(1, 1'000'000'000);
  std::uniform_int_distribution<int> chance(0, 99);
  std::uniform_int_distribution<std::int64_t> delay(0, 1'900'000'000);
  Time next = 100ms;
  while (at.since_midnight() < 49h) {
    if (at.since_midnight() >= next && at.since_midnight() < 48h) {
      const Trade trade{at.since_midnight() - Time(chance(random)), price(random),
                        quantity(random)};
      trades.push_back(trade);
      // Of a hundred, ten come after their minute has been closed, the others more or less at once.
      const bool late = chance(random) < 10;
      under_way.emplace(at.now + (late ? 100s : Time(delay(random))), trade);
      const std::int64_t pause =
          chance(random) < 50 ? 0 : chance(random) * std::int64_t{2'000'000'000};
      next = at.since_midnight() + Time(pause);
    }
    while (!under_way.empty() && under_way.begin()->first <= at.now) {
      const Trade trade = under_way.begin()->second;
      under_way.erase(under_way.begin());
      at.tick_of(trade.time, at_eight_digits(trade.price), at_eight_digits(trade.quantity));
    }
    at.pass(250ms, 250ms);
    if (at.since_midnight() % 1h == Time(0)) {
      for (const MadeInterval& interval : kMadeIntervals) {
        for (const auto& [time, candle] : at.closed(interval.name)) {
          seen[interval.name][time] = candle;
        }
      }
    }
  }
  REQUIRE(trades.size() > 2000);
  for (const MadeInterval& interval : kMadeIntervals) {
    INFO(std::string(interval.name));
    const auto expected = expected_candles(trades, interval.length);
    const auto& made = seen[interval.name];
    CHECK(made.size() == expected.size());
    for (const auto& [opened, text] : expected) {
      const Time time = opened;  // INFO's lambda cannot have the binding
      INFO("at ", time / 1s, " s");
      REQUIRE(made.count(time) == 1);
      const Candle& candle = made.at(time);
      // The first of each began before the subscription.
      CHECK(text_of(candle) == (time == Time(0) ? text + " incomplete" : text));
      CHECK(candle.closed == 1);
      CHECK(candle.origin == static_cast<std::uint8_t>(Source::ticks));
    }
  }
}

TEST_CASE("a candle is open until max-lag after its end, and the next one is not shown before") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(59s);
  at.tick("10", "1");
  at.pass_until(61s);
  at.tick("12", "2");
  at.tick("11", "0.5", 2s);
  at.pass_until(61'900ms, 100ms);
  CHECK(at.closed("1m").empty());
  CHECK(text_of(*at.open("1m")) == "10 11 10 11 1.5 incomplete");
  at.pass_until(62'100ms, 100ms);
  REQUIRE(at.closed("1m").size() == 1);
  CHECK(text_of(at.closed("1m")[0s]) == "10 11 10 11 1.5 incomplete");
  CHECK(text_of(*at.open("1m")) == "12 12 12 12 2");
  CHECK(at.open("1m")->closed == 0);
}

TEST_CASE("a late tick corrects the candle of its time, which is stored again") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(70s);
  at.tick("10");
  at.pass_until(150s);
  CHECK(at.stored("1m") == 1);
  at.tick("15", "2", 75s);
  at.tick("9", "1", 40s);  // before the end, but later than the first
  at.pass(100ms);
  CHECK(at.stored("1m") == 2);
  CHECK(text_of(at.closed("1m")[60s]) == "10 15 9 9 4");
  for (int i = 0; i < 8; ++i) {
    at.tick("10");
    at.pass(60s, 1s);
  }
  const std::uint64_t stored = at.stored("1m");
  at.tick_of(100s, "1000");  // of an interval that is long over
  at.pass(1s);
  CHECK(at.stored("1m") == stored);
  CHECK(text_of(at.closed("1m")[60s]) == "10 15 9 9 4");
}

TEST_CASE("fault 52: ticks that are replayed after an outage make their candles right") {
  CandleRig at({candles_of("BTCUSDT", "1m"), candles_of("BTCUSDT", "5m")});
  at.connect();
  at.pass_until(90s);
  std::vector<Trade> trades;
  std::vector<Trade> retained;
  std::mt19937_64 random(3);
  std::uniform_int_distribution<std::int64_t> price(100, 200);
  while (at.since_midnight() < 400s) {
    const bool keeps = at.since_midnight() > 150s && at.since_midnight() < 194s;
    const Trade trade{at.since_midnight(), price(random) * 100'000'000, 100'000'000};
    trades.push_back(trade);
    if (keeps) {
      retained.push_back(trade);
    } else {
      for (const Trade& one : std::exchange(retained, {})) {
        at.tick_of(one.time, at_eight_digits(one.price), at_eight_digits(one.quantity));
      }
      at.tick_of(trade.time, at_eight_digits(trade.price), at_eight_digits(trade.quantity));
    }
    at.pass(500ms);
  }
  for (const std::string_view interval : {"1m", "5m"}) {
    auto expected = expected_candles(trades, made_interval(interval)->length);
    const auto made = at.closed(interval);
    REQUIRE(made.size() == (interval == "1m" ? 5 : 1));
    for (const auto& [time, candle] : made) {
      const bool from_the_start = interval == "1m";
      CHECK(text_of(candle) == expected[time] + (from_the_start ? "" : " incomplete"));
    }
  }
}

TEST_CASE("what an outage may have taken is incomplete, and nothing else") {
  CandleRig at({candles_of("BTCUSDT", "1m"), candles_of("BTCUSDT", "1h")});
  at.connect();
  const auto minutes = [&](int count) {
    for (int i = 0; i < count * 6; ++i) {
      at.tick("10");
      at.pass(10s, 1s);
    }
  };
  minutes(3);
  at.pass_until(187s);
  at.tick("10");  // heard for the last time
  at.pass_until(248s);
  at.disconnect();
  at.pass_until(250s);
  at.connect();
  minutes(3);
  const auto made = at.closed("1m");
  std::string complete;
  for (const auto& [time, candle] : made) complete += candle.is_complete() ? 'c' : '-';
  // 0 began before the first subscription; 180 was closed as complete before the loss was noticed.
  REQUIRE(made.size() == 7);
  CHECK(complete == "-cc--cc");
  at.pass_until(3603s);
  CHECK_FALSE(at.closed("1h")[0s].is_complete());
}

TEST_CASE("a symbol whose ticks were lost has an incomplete candle, the others have not") {
  CandleRig at({candles_of("BTCUSDT", "1m"), candles_of("ETHUSDT", "1m")});
  at.connect();
  at.pass_until(70s);
  at.tick("10");
  at.tick("20", "1", Time(0), "ETHUSDT");
  at.pass_until(100s);
  SymbolText btc;
  btc.assign("BTCUSDT");
  SUBCASE("healed by a price that was asked for") {
    CHECK(at.publisher->snapshot(btc, {*Decimal::parse("12"), 0, 0, at.now.count()}, at.now));
  }
  SUBCASE("rejected") {
    NothingEvent rejected;
    rejected.lost.add({ChannelKind::ticker, btc, {}});
    at.publisher->publish(rejected, Belongs::present, 0, at.now);
  }
  at.tick("13");
  at.tick("23", "1", Time(0), "ETHUSDT");
  at.pass_until(130s);
  at.tick("14");
  at.pass_until(183s);
  CHECK(text_of(at.closed("1m")[60s]) == "10 13 10 13 2 incomplete");  // no snapshot in it
  CHECK(text_of(at.closed("1m")[120s]) == "14 14 14 14 1");
  CHECK(text_of(at.closed("1m", "ETHUSDT")[60s]) == "20 23 20 23 2");
}

TEST_CASE("the first price of a session, asked for, leaves candles complete") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(59'900ms);
  at.disconnect();
  at.connect();
  at.pass_until(60'100ms);
  SymbolText btc;
  btc.assign("BTCUSDT");
  CHECK(at.publisher->snapshot(btc, {*Decimal::parse("12"), 0, 0, at.now.count()}, at.now));
  at.tick("13");
  at.pass_until(130s);
  CHECK(text_of(at.closed("1m")[60s]) == "13 13 13 13 1");
}

TEST_CASE("ticks without times belong to the moment of their arrival") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(70s);
  at.tick_of(Time(-1), "10");
  at.pass_until(130s);
  at.tick_of(Time(-1), "11");
  at.pass_until(183s);
  CHECK(text_of(at.closed("1m")[60s]) == "10 10 10 10 1");
  CHECK(text_of(at.closed("1m")[120s]) == "11 11 11 11 1");
}

TEST_CASE("a time in the future does not end the present candle") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(70s);
  at.tick("10");
  at.pass(1s);
  at.tick("11", "1", -1h);
  at.pass(1s);
  CHECK(text_of(*at.open("1m")) == "10 11 10 11 2");
}

TEST_CASE("a first tick with a wrong time does not spoil the candles of the run") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(2h + 10s);
  SUBCASE("half an hour ahead") { at.tick("11", "1", -30min); }
  SUBCASE("an hour behind") { at.tick("11", "1", 1h); }
  SUBCASE("as far ahead as can be") {
    at.tick_of(Time(INT64_MAX - CandleRig::unix_time(Time(0))), "11");
  }
  at.pass(1s);
  for (int i = 0; i < 112; ++i) {
    at.tick("10");
    at.pass(1s);
  }
  CHECK(text_of(at.closed("1m")[2h + 60s]) == "10 10 10 10 60");
  CHECK(at.closed("1m").rbegin()->first == 2h + 60s);
  REQUIRE(at.open("1m"));
  CHECK(text_of(*at.open("1m")) == "10 10 10 10 3");
}

TEST_CASE("a reload that changes nothing leaves the running candles complete") {
  const std::vector<Channel> made = {candles_of("BTCUSDT", "1m"), candles_of("ALL", "5m")};
  CandleRig at(made);
  at.connect();
  at.pass_until(310s);
  at.tick("10");
  at.pass(10s);
  at.want(made);
  at.tick("11");
  at.pass(1s);
  CHECK(text_of(*at.open("1m")) == "10 11 10 11 2");
  CHECK(text_of(*at.open("5m")) == "10 11 10 11 2");
  at.want({candles_of("ALL", "5m"), candles_of("BTCUSDT", "1h"), candles_of("BTCUSDT", "1m")});
  at.tick("12");
  at.pass_until(605s);
  CHECK(text_of(at.closed("1m")[300s]) == "10 12 10 12 3");
  CHECK(text_of(at.closed("5m")[300s]) == "10 12 10 12 3");
  CHECK(text_of(*at.open("1h")) == "12 12 12 12 1 incomplete");
}

TEST_CASE("a series that was not wanted for a while has an incomplete candle") {
  const std::vector<Channel> made = {candles_of("BTCUSDT", "1m"), candles_of("BTCUSDT", "1h")};
  CandleRig at(made);
  at.connect();
  at.pass_until(3610s);
  at.tick("10");
  at.pass(1s);
  at.want({candles_of("BTCUSDT", "1m")});
  at.tick("11");
  at.pass(1s);
  at.want(made);
  at.tick("12");
  at.pass(1s);
  CHECK(text_of(*at.open("1m")) == "10 12 10 12 3");
  CHECK(text_of(*at.open("1h")) == "10 12 10 12 2 incomplete");
}

TEST_CASE("a series goes on if those of all symbols are wanted instead, and the other way around") {
  const std::vector<Channel> one = {candles_of("BTCUSDT", "1m")};
  const std::vector<Channel> all = {candles_of("ALL", "1m")};
  CandleRig at(one, true);
  at.connect();
  at.pass_until(70s);
  at.tick("10");
  at.pass(1s);
  CHECK_FALSE(at.open("1m"));  // the exchange may send its own
  at.want(all);
  at.tick("11");
  at.pass(1s);
  REQUIRE(at.open("1m"));
  CHECK(text_of(*at.open("1m")) == "10 11 10 11 2");
  at.want(one);
  at.tick("12");
  at.pass_until(123s);
  CHECK(text_of(at.closed("1m")[60s]) == "10 12 10 12 3");
}

TEST_CASE("a tick without a quantity makes the volume unknown") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(70s);
  at.tick("10", "1");
  at.tick("11", "");
  at.pass(1s);
  CHECK(text_of(*at.open("1m")) == "10 11 10 11 ");
}

TEST_CASE("the candles of all symbols are made, as far as there is room") {
  CandleRig at({candles_of("ALL", "1m"), candles_of("ALL", "5m"), candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(70s);
  at.tick("10");
  at.tick("20", "1", Time(0), "ETHUSDT");
  at.pass_until(130s);
  CHECK(text_of(at.closed("1m")[60s]) == "10 10 10 10 1");
  CHECK(text_of(at.closed("1m", "ETHUSDT")[60s]) == "20 20 20 20 1");
  CHECK(text_of(*at.open("5m", "ETHUSDT")) == "20 20 20 20 1 incomplete");
  CHECK(at.channel("ALL", "1m")->state == ChannelState::acknowledged);
  CHECK(at.channel("ALL", "1m")->origin == Source::ticks);
  CHECK(at.channel("ALL", "1m")->count > 0);
  CHECK(at.writer->view().series_count() == 4);
}

TEST_CASE("another run goes on with the open candle, and says that some may be missing") {
  CandleRig at({candles_of("BTCUSDT", "1m"), candles_of("BTCUSDT", "1h")});
  at.connect();
  at.pass_until(70s);
  at.tick("10");
  at.tick("15");
  at.pass_until(125s);
  at.tick("12");
  at.pass(1s);
  at.restart();
  at.pass(1s);
  at.connect();
  at.tick("11");
  at.pass_until(183s);
  CHECK(text_of(at.closed("1m")[60s]) == "10 15 10 15 2");
  CHECK(text_of(at.closed("1m")[120s]) == "12 12 11 11 2 incomplete");
  CHECK(text_of(*at.open("1h")) == "10 15 10 11 4 incomplete");
}

TEST_CASE("after a restart a late tick does not replace a closed candle that is stored") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(70s);
  at.tick("10");
  at.tick("15", "2");
  at.pass_until(125s);
  REQUIRE(text_of(at.closed("1m")[60s]) == "10 15 10 15 3");
  at.restart();
  at.connect();
  at.tick("13");
  at.tick("12", "1", 20s);
  at.pass_until(190s);
  CHECK(text_of(at.closed("1m")[60s]) == "10 15 10 15 3");
  CHECK(at.stored("1m") == 2);
}

TEST_CASE("a late tick does not replace a candle of REST or of the exchange") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(300s);
  SUBCASE("REST's") { at.answer(0, 120s, "11", 5, "2"); }
  SUBCASE("the exchange's") { at.exchange_candle("1m", 120s, "11"); }
  const std::string given = text_of(at.closed("1m")[120s]);
  at.tick_of(150s, "10");
  at.pass_until(500s);
  CHECK(text_of(at.closed("1m")[120s]) == given);
  CHECK(at.stored("1m") == 1);
  at.tick_of(270s, "10");  // of an interval that has no candle yet
  at.pass(1s);
  CHECK(text_of(at.closed("1m")[240s]) == "10 10 10 10 1");
}

}  // namespace
}  // namespace tickcache::daemon
