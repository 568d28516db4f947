// What is asked of the exchange by REST, and when.
#include "daemon/candles/candle_history.hpp"

#include "daemon/candles/candle_rig.hpp"
#include "daemon/platform/market.hpp"

namespace tickcache::daemon {
namespace {

struct Asking : CandleRig {
  using CandleRig::CandleRig;
  CandleHistory history{*publisher};

  /// The questions of a moment, as targets; each is answered with candles of `price`.
  std::vector<std::string> ask(std::string_view price = "5") {
    std::vector<std::string> targets;
    while (now >= history.deadline()) {
      const auto question = history.next(now);
      if (!question) break;
      targets.push_back(market_target(*question, question->symbol.view()));
      const Time length = made_interval(question->interval.view())->length;
      const Time newest = since_midnight() / length * length;
      std::vector<AnsweredCandle> candles;
      for (unsigned i = question->limit; i > 0; --i) {
        AnsweredCandle& answered = candles.emplace_back();
        Candle& candle = answered.candle;
        candle.open_time_ns = unix_time(newest - (i - 1) * length);
        candle.open = candle.high = candle.low = candle.close = *Decimal::parse(price);
        candle.volume.assign("1.5");
        answered.trades = 10;
      }
      history.on_candles(candles, now);
    }
    return targets;
  }
};

using Targets = std::vector<std::string>;

TEST_CASE("at the start a hundred candles of each series are asked for") {
  Asking at(all_intervals("BTCUSDT"));
  at.connect();
  at.pass_until(30h, 1h);
  at.tick("10");
  at.pass(100ms);
  const Targets asked = at.ask();
  CHECK(asked.size() == 6);
  for (const char* const query : {"1m&limit=103", "5m&limit=103", "5m&limit=309", "1h&limit=103",
                                  "1h&limit=412", "1d&limit=103"}) {
    INFO(query);
    CHECK(std::count(asked.begin(), asked.end(),
                     std::string("/api/v1/market/candles/BTCUSDT?interval=") + query) == 1);
  }
  for (const MadeInterval& interval : kMadeIntervals) {
    INFO(std::string(interval.name));
    const auto closed = at.closed(interval.name);
    CHECK(closed.size() >= 100);
    for (const auto& [time, candle] : closed) {
      CHECK(time + interval.length + 90s <= at.since_midnight());
      CHECK(candle.closed == 1);
    }
  }
  CHECK(text_of(at.closed("15m")[29h]) == "5 5 5 5 4.5 rest");
  CHECK(text_of(at.closed("4h")[24h]) == "5 5 5 5 6.0 rest");
  CHECK(at.ask().empty());
}

TEST_CASE("candles from before the start are no events, those that REST replaces or adds are") {
  Asking at({candles_of("BTCUSDT", "1m")});
  const auto events = [&] {
    std::vector<Time> times;
    for (const auto& [time, candle] : at.closed("1m")) {
      if ((candle.flags & Candle::kHistory) == 0) times.push_back(time);
    }
    return times;
  };
  at.pass_until(2h + 30s);
  at.connect();
  at.tick("10");
  at.pass_until(2h + 155s);
  CHECK(at.ask().size() == 1);
  CHECK(text_of(at.closed("1m")[2h]) == "5 5 5 5 1.5 rest");
  CHECK(at.closed("1m").size() >= 100);
  CHECK(events() == std::vector<Time>{2h});
  at.pass_until(2h + 215s);
  CHECK(at.ask().size() == 1);
  CHECK(events() == std::vector<Time>{2h, 2h + 60s});
  at.restart();
  at.pass_until(2h + 335s);
  at.answer(0, 2h + 120s, "6", 1);  // it closed between the runs
  at.answer(0, 0s, "6", 1);
  CHECK(at.closed("1m").begin()->first == 0s);
  CHECK(events() == std::vector<Time>{2h, 2h + 60s, 2h + 120s});
}

TEST_CASE("a candle is joined of its parts, each once, and not before its last one is there") {
  Asking at({candles_of("BTCUSDT", "15m")});
  at.connect();
  at.pass_until(50min, 1min);
  const auto answer = [&](const std::vector<Time>& parts) {
    REQUIRE(at.history.next(at.now));
    std::vector<AnsweredCandle> candles;
    for (const Time part : parts) {
      AnsweredCandle& answered = candles.emplace_back();
      answered.candle.open_time_ns = at.unix_time(part);
      answered.candle.open = answered.candle.close = *Decimal::parse("5");
      answered.candle.high = answered.candle.low = answered.candle.open;
      answered.candle.volume.assign("1.5");
      answered.trades = 10;
    }
    at.history.on_candles(candles, at.now);
    std::string volumes;
    for (const auto& [begin, candle] : at.closed("15m")) {
      volumes += std::to_string(begin / 1min) + ": " + std::string(candle.volume.view()) + ", ";
    }
    return volumes;
  };
  SUBCASE("the last part is late") {
    CHECK(answer({15min, 20min, 25min, 30min, 35min}) == "15: 4.5, ");
    at.pass_until(62min, 1min);
    CHECK(answer({15min, 20min, 25min, 30min, 35min, 40min, 45min}) == "15: 4.5, 30: 4.5, ");
  }
  SUBCASE("the last part has no trade") {
    CHECK(answer({15min, 20min, 25min, 30min, 35min}) == "15: 4.5, ");
    at.pass_until(62min, 1min);
    CHECK(answer({30min, 35min, 45min}) == "15: 4.5, 30: 3.0, ");
  }
  SUBCASE("a part comes twice") {
    CHECK(answer({15min, 15min, 20min, 25min, 25min, 30min, 35min, 40min}) == "15: 4.5, 30: 4.5, ");
  }
}

TEST_CASE("each candle is asked for 90 s after its end") {
  Asking at({candles_of("BTCUSDT", "5m")});
  at.connect();
  at.tick("10");
  at.pass_until(20min);
  CHECK(at.ask().size() == 1);
  at.pass_until(20min + 89s);
  CHECK(at.ask().empty());
  CHECK(at.history.deadline() <= at.now + 1s);
  at.pass_until(20min + 91s);
  CHECK(at.ask() == Targets{"/api/v1/market/candles/BTCUSDT?interval=5m&limit=5"});
  CHECK(at.ask().empty());
  at.pass_until(45min);
  CHECK(at.ask() == Targets{"/api/v1/market/candles/BTCUSDT?interval=5m&limit=8"});
}

TEST_CASE("of all symbols' candles those that are incomplete are asked for") {
  Asking at({candles_of("ALL", "1m")});
  at.connect();
  at.pass_until(30s);
  at.tick("10");
  at.tick("20", "1", Time(0), "ETHUSDT");
  at.pass(100ms);
  CHECK(at.ask().size() == 2);
  at.pass_until(70s);
  at.tick("10");
  at.pass_until(152s);
  CHECK(at.ask().size() == 2);  // the first minute
  CHECK(text_of(at.closed("1m")[0s]) == "5 5 5 5 1.5 rest");
  at.pass_until(300s);
  CHECK(at.ask().empty());
}

TEST_CASE(
    "over a drop the candle is incomplete, and REST's takes its place, in all six intervals") {
  Asking at(all_intervals("BTCUSDT"));
  at.connect();
  at.pass_until(47h + 50min, 1min);  // so that the present candle of each interval is complete
  at.ask();
  at.pass_until(48h, 1min);
  at.pass_until(48h + 10s);
  at.tick("10", "2");
  at.pass(1s);
  for (const MadeInterval& interval : kMadeIntervals) {
    CHECK(text_of(*at.open(interval.name)) == "10 10 10 10 2");
  }
  at.disconnect();
  at.pass(5s);
  at.connect();
  at.tick("11", "1");
  at.pass(1s);
  for (const MadeInterval& interval : kMadeIntervals) {
    CHECK(text_of(*at.open(interval.name)) == "10 11 10 11 3 incomplete");
  }
  at.pass_until(72h + 3s, 1min);
  for (const MadeInterval& interval : kMadeIntervals) {
    INFO(std::string(interval.name));
    CHECK(text_of(at.closed(interval.name)[48h]) == "10 11 10 11 3 incomplete");
  }
  at.pass_until(72h + 91s, 1s);
  // An answer has a hundred candles: so late, those of 1m and 5m are not among them any more.
  at.answer(0, 48h, "12", 10, "1.5");
  at.answer(1, 48h, "12", 10, "1.5");
  at.ask("12");
  for (const MadeInterval& interval : kMadeIntervals) {
    INFO(std::string(interval.name));
    const unsigned parts = interval.ratio;
    const std::string volume = Decimal{15 * parts, 1, {}}.str();
    CHECK(text_of(at.closed(interval.name)[48h]) == "12 12 12 12 " + volume + " rest");
  }
}

TEST_CASE("nothing is asked for while the exchange sends its own") {
  Asking at({candles_of("BTCUSDT", "1m")}, true);
  at.connect();
  at.pass_until(70s);
  at.exchange_candle("1m", 0s, "10");
  at.pass_until(150s);
  CHECK(at.ask().empty());
  at.pass_until(200s);
  CHECK(at.ask().size() == 1);
}

TEST_CASE("an exchange without REST is asked once a minute, one that refuses a series each hour") {
  Asking at({candles_of("BTCUSDT", "1m"), candles_of("ETHUSDT", "1m")});
  at.connect();
  at.tick("10");
  at.pass_until(100s);
  REQUIRE(at.history.next(at.now));
  CHECK(at.history.deadline() == Time::max());
  at.history.on_failure(at.now);
  CHECK(at.history.deadline() == at.now + 60s);
  at.pass(60s, 1s);
  const auto refused = at.history.next(at.now);
  REQUIRE(refused);
  at.history.on_refused(at.now);
  const auto other = at.history.next(at.now);
  REQUIRE(other);
  CHECK_FALSE(other->symbol == refused->symbol);
  at.history.on_candles({}, at.now);
  at.pass(59min, 1min);
  for (const std::string& target : at.ask())
    CHECK(target.find(other->symbol.view()) != target.npos);
  at.pass(2min, 1min);
  CHECK(at.ask().size() == 2);
}

TEST_CASE("an answer with candles is read as the platform writes it") {
  const auto candles = parse_candle_answer(
      R"({"symbol":"BTCUSDT","interval":"1m","candles":[)"
      R"({"time":"2026-11-26T01:26:00Z","open":"64523.88085200","high":"64553.56065000",)"
      R"("low":"64489.03935000","close":"64507.75052700","volume":"37319072.98474428",)"
      R"("trade_count":850},)"
      R"({"time":"2026-11-26T01:25:00Z","open":"4.5E-7","high":"4.5E-7","low":"4.5E-7",)"
      R"("close":"4.5E-7","volume":"0E-8","trade_count":1103},)"
      R"({"time":"2026-11-26T01:27:00Z","open":"0","high":"1","low":"1","close":"1",)"
      R"("volume":"1","trade_count":1},{"time":"x"},7],"count":5})");
  REQUIRE(candles);
  REQUIRE(candles->size() == 2);
  CHECK((*candles)[0].trades == 1103);
  CHECK((*candles)[0].candle.open.str() == "0.00000045");
  CHECK((*candles)[1].candle.volume == "37319072.98474428");
  CHECK((*candles)[1].candle.open_time_ns - (*candles)[0].candle.open_time_ns == 60'000'000'000);
  CHECK_FALSE(parse_candle_answer(R"({"error":{"code":"INVALID_SYMBOL"}})"));
  CHECK_FALSE(parse_candle_answer("<html>"));
  CHECK(parse_candle_answer(R"({"candles":[],"count":0})")->empty());
}

TEST_CASE("an impossible candle in an answer is left out") {
  const auto accepted = [](std::string_view open, std::string_view high, std::string_view low,
                           std::string_view close, std::string_view volume) {
    std::string body = R"({"candles":[{"time":"2026-11-26T01:26:00Z","trade_count":1)";
    const auto member = [&](std::string_view name, std::string_view value) {
      body.append(",\"").append(name).append("\":\"").append(value).append("\"");
    };
    member("open", open);
    member("high", high);
    member("low", low);
    member("close", close);
    member("volume", volume);
    const auto candles = parse_candle_answer(body + "}]}");
    REQUIRE(candles);
    return candles->size() == 1;
  };
  CHECK(accepted("10", "12", "9", "11", "1"));
  CHECK(accepted("10", "10.0", "10.00", "10", "0"));
  CHECK_FALSE(accepted("12.1", "12", "9", "11", "1"));
  CHECK_FALSE(accepted("10", "12", "9", "12.1", "1"));
  CHECK_FALSE(accepted("8.9", "12", "9", "11", "1"));
  CHECK_FALSE(accepted("10", "12", "9", "8.9", "1"));
  CHECK_FALSE(accepted("10", "9", "12", "11", "1"));
  CHECK_FALSE(accepted("10", "12", "9", "11", "-1"));
}

}  // namespace
}  // namespace tickcache::daemon
