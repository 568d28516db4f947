// Candles of an exchange that sends none: it acknowledges the channel or refuses it, and has some
// by REST.
#include <algorithm>
#include <map>
#include <optional>

#include "e2e/installation.hpp"
#include "support/soon.hpp"
#include "tickcache/feed.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

/// An exchange that trades nothing but what the test sends, and sends no candles.
sim::Options quiet() {
  sim::Options options;
  options.rate = 0;
  options.symbols = 10;
  options.candle_every = 0ms;
  return options;
}

std::unique_ptr<ChannelStatus> channel_of(Reader& reader, std::string_view symbol,
                                          std::string_view interval) {
  const auto status = status_of(reader);
  for (std::size_t i = 0; i < status->channel_count; ++i) {
    const ChannelStatus& channel = status->channels[i];
    const bool same = channel.symbol == symbol && channel.interval == interval;
    if (same) return std::make_unique<ChannelStatus>(channel);
  }
  return nullptr;
}

std::optional<Candle> newest(Reader& reader, std::string_view symbol, std::string_view interval) {
  Candle candle;
  const ListResult list = reader.candles(symbol, interval, {&candle, 1});
  if (list.count == 0) return std::nullopt;
  return candle;
}

TEST_CASE("candles come without any from the exchange, and say where they come from") {
  sim::Exchange exchange(quiet());
  exchange.start();
  // What REST has: two minutes of it, and 90 s are over.
  exchange.step_clock(-5min);
  exchange.send_tick("BTCUSDT", "10.00000000", "1.00000000");
  exchange.send_tick("BTCUSDT", "12.00000000", "0.50000000");
  exchange.step_clock(0ms);

  Installation here;
  const auto daemon = here.start({"--url", exchange.url(), "--candles",
                                  "BTCUSDT:1m,BTCUSDT:4h,all:1h", "--orders=false", "--rest=true"});
  Reader reader = here.reader();
  REQUIRE(soon([&] { return is_up(reader); }));
  REQUIRE(soon([&] {
    return exchange.send_tick("BTCUSDT", "20.00000000", "1.00000000") > 0 &&
           exchange.send_tick("ETHUSDT", "30.00000000", "1.00000000") > 0 &&
           newest(reader, "BTCUSDT", "4h").has_value();
  }));
  const auto four_hours = channel_of(reader, "BTCUSDT", "4h");
  REQUIRE(four_hours);
  CHECK(four_hours->state == ChannelState::acknowledged);
  CHECK(four_hours->origin == Source::ticks);
  CHECK_FALSE(four_hours->reason.empty());
  CHECK(newest(reader, "BTCUSDT", "4h")->close.str() == "20.00000000");
  CHECK_FALSE(newest(reader, "BTCUSDT", "4h")->is_complete());
  REQUIRE(soon([&] { return newest(reader, "ETHUSDT", "1h").has_value(); }));
  CHECK(channel_of(reader, "ALL", "1h")->origin == Source::ticks);

  // The exchange may yet send those that it has acknowledged.
  REQUIRE(soon([&] {
    exchange.send_tick("BTCUSDT", "20.00000000", "1.00000000");
    const auto channel = channel_of(reader, "BTCUSDT", "1m");
    return channel && channel->origin == Source::ticks;
  }));
  CHECK(reader.candles("BTCUSDT", "1m", {}).live());
  std::vector<Candle> candles(100);
  const bool has_history = soon([&] {
    candles.resize(100);
    candles.resize(reader.candles("BTCUSDT", "1m", candles).count);
    return candles.size() >= 2;
  });
  INFO(daemon->err());
  REQUIRE(has_history);
  CHECK(candles[0].origin == static_cast<std::uint8_t>(Source::rest));
  CHECK(candles[0].is_complete());
  CHECK(candles[0].open.str() == "10.00000000");
  CHECK(candles[0].close.str() == "12.00000000");
  CHECK(candles[0].volume == "1.50000000");

  const Outcome status = here.ask({"status"});
  INFO(status.out);
  CHECK(has(status.out, "candles:BTCUSDT:4h: made of ticks (the exchange refuses it: "));
  CHECK(has(status.out, "candles:BTCUSDT:1m: made of ticks, "));
  CHECK(has(status.out, "candles:all:1h: made of ticks, "));
  const Outcome listed = here.ask({"candles", "BTCUSDT", "1m", "--json"});
  INFO(listed.out);
  CHECK(has(listed.out, R"("origin":"rest","complete":true)"));
  CHECK(has(here.ask({"candles", "ETHUSDT", "1h"}).out, "open, incomplete"));
  CHECK(daemon->stop() == 0);
}

TEST_CASE("candles that the exchange refuses stay refused without the symbol's ticks") {
  sim::Exchange exchange(quiet());
  exchange.start();
  Installation here;
  const auto daemon = here.start({"--url", exchange.url(), "--symbols", "BTCUSDT", "--candles",
                                  "BTCUSDT:4h,ETHUSDT:4h", "--orders=false"});
  Reader reader = here.reader();
  const auto is_answered = [&](const char* symbol) {
    const auto channel = channel_of(reader, symbol, "4h");
    return channel && !channel->reason.empty();
  };
  REQUIRE(soon([&] { return is_answered("BTCUSDT") && is_answered("ETHUSDT"); }));
  CHECK(channel_of(reader, "BTCUSDT", "4h")->origin == Source::ticks);
  CHECK(channel_of(reader, "ETHUSDT", "4h")->state == ChannelState::refused);
  CHECK(has(here.ask({"status"}).out, "candles:ETHUSDT:4h: refused"));
  CHECK(daemon->stop() == 0);
}

TEST_CASE("candles that are configured and that nothing can bring say so") {
  sim::Exchange exchange(quiet());
  exchange.start();
  Installation here;
  const auto daemon =
      here.start({"--url", exchange.url(), "--symbols", "BTCUSDT", "--candles",
                  "BTCUSDT:1m,BTCUSDT:3m,ETHUSDT:1m", "--candles-from=ticks", "--orders=false"});
  Reader reader = here.reader();
  REQUIRE(soon([&] { return is_up(reader); }));
  CHECK(channel_of(reader, "BTCUSDT", "1m")->state == ChannelState::acknowledged);
  for (const char* series : {"BTCUSDT:3m", "ETHUSDT:1m"}) {
    const std::string sentence =
        std::string("candles:") + series +
        ": refused: not asked for, and no ticks to make it of: see symbols "
        "and candles-from\n";
    CHECK(has(here.ask({"status"}).out, sentence));
    CHECK(has(here.ask({"doctor"}).out, std::string("candles:") + series + " cannot come"));
    const std::string text(series);
    const Outcome asked = here.ask({"candles", text.substr(0, 7), text.substr(8)});
    CHECK(asked.code == 3);
    CHECK(has(asked.err, sentence));
  }
  CHECK(daemon->stop() == 0);
}

std::string values_of(const Candle& candle) {
  return candle.open.str() + ' ' + candle.high.str() + ' ' + candle.low.str() + ' ' +
         candle.close.str() + ' ' + std::string(candle.volume.view());
}

std::string at_eight_digits(int number) { return std::to_string(number) + ".00000000"; }

constexpr std::int64_t kMinuteMs = 60'000;

TEST_CASE("after a start a hundred candles are there, and are no events") {
  sim::Exchange exchange(quiet());
  exchange.start();
  const auto minute_of_last = [&] {
    return exchange.trades("BTCUSDT", 1).back().time_ms / kMinuteMs * kMinuteMs;
  };
  std::map<std::int64_t, std::string> expected;  // by the time at which they begin
  for (int ago = 120; ago > 2; --ago) {
    exchange.step_clock(-std::chrono::minutes(ago));
    exchange.send_tick("BTCUSDT", at_eight_digits(1000 + ago), at_eight_digits(ago));
    const std::int64_t minute = minute_of_last();
    exchange.send_tick("BTCUSDT", at_eight_digits(3000 + ago), "1.00000000");
    exchange.send_tick("BTCUSDT", at_eight_digits(1 + ago), "1.00000000");
    exchange.send_tick("BTCUSDT", at_eight_digits(2000 + ago), "1.00000000");
    if (minute_of_last() != minute) continue;  // it has just ended: its candle is not compared
    expected[minute] = at_eight_digits(1000 + ago) + ' ' + at_eight_digits(3000 + ago) + ' ' +
                       at_eight_digits(1 + ago) + ' ' + at_eight_digits(2000 + ago) + ' ' +
                       at_eight_digits(3 + ago);
  }
  exchange.step_clock(0ms);

  Installation here;
  Feed feed(here.segment());
  std::vector<Candle> events;
  feed.on_candles("BTCUSDT", "1m", [&](const ClosedCandle& one) { events.push_back(one.candle); });
  const auto daemon =
      here.start({"--url", exchange.url(), "--candles", "all:1m", "--orders=false", "--rest=true"});
  Reader reader = here.reader();
  std::vector<Candle> candles;
  const bool has_history = soon([&] {
    exchange.send_tick("BTCUSDT", "20.00000000", "1.00000000");
    candles.resize(200);
    candles.resize(reader.candles("BTCUSDT", "1m", candles).count);
    return std::count_if(candles.begin(), candles.end(),
                         [](const Candle& one) { return one.closed != 0; }) >= 100;
  });
  INFO(daemon->err());
  REQUIRE(has_history);
  std::size_t compared = 0;
  for (const Candle& candle : candles) {
    const auto known = expected.find(candle.open_time_ns / 1'000'000);
    if (candle.closed == 0 || known == expected.end()) continue;
    CHECK(values_of(candle) == known->second);
    CHECK(candle.is_complete());
    CHECK(candle.origin == static_cast<std::uint8_t>(Source::rest));
    ++compared;
  }
  CHECK(compared >= 90);
  // The candle of the ticks since the start is one, when its minute is over; none before it was.
  const std::int64_t first_tick_ns = (minute_of_last() - kMinuteMs) * 1'000'000;
  exchange.step_clock(2min);
  REQUIRE(soon([&] {
    exchange.send_tick("BTCUSDT", "20.00000000", "1.00000000");
    while (feed.poll() > 0) {
    }
    return !events.empty();
  }));
  CHECK(std::all_of(events.begin(), events.end(),
                    [&](const Candle& one) { return one.open_time_ns >= first_tick_ns; }));
  CHECK(daemon->stop() == 0);
}

TEST_CASE("over a drop the candle is incomplete, until REST's takes its place") {
  sim::Exchange exchange(quiet());
  exchange.start();
  // By the exchange's clock a minute ends soon after the start: the next one's candle is complete.
  exchange.send_tick("BTCUSDT", "10.00000000", "1.00000000");
  const std::int64_t into_minute = exchange.trades("BTCUSDT", 1).back().time_ms % kMinuteMs;
  const std::chrono::milliseconds offset(55'000 - into_minute);
  exchange.step_clock(offset);

  Installation here;
  const auto daemon =
      here.start({"--url", exchange.url(), "--candles", "all:1m", "--orders=false", "--rest=true"});
  Reader reader = here.reader();
  const auto open_candle = [&]() -> std::optional<Candle> {
    const auto candle = newest(reader, "BTCUSDT", "1m");
    return candle && candle->closed == 0 ? candle : std::nullopt;
  };
  REQUIRE(soon([&] { return is_up(reader); }));
  REQUIRE(soon(
      [&] {
        exchange.send_tick("BTCUSDT", "20.00000000", "1.00000000");
        const auto candle = open_candle();
        return candle && candle->is_complete();
      },
      90s));
  const std::int64_t minute = open_candle()->open_time_ns;

  exchange.stop_accepting();
  exchange.drop_all();
  REQUIRE(soon([&] { return !is_up(reader); }));
  exchange.send_tick("BTCUSDT", "99.00000000", "1.00000000");
  exchange.accept_again();
  REQUIRE(soon([&] {
    exchange.send_tick("BTCUSDT", "30.00000000", "1.00000000");
    const auto candle = open_candle();
    return candle && !candle->is_complete() && candle->close.str() == "30.00000000";
  }));
  CHECK(open_candle()->open_time_ns == minute);
  CHECK(open_candle()->high.str() == "30.00000000");

  // The minute and those 90 s are over, at once.
  exchange.step_clock(offset + 3min);
  std::optional<Candle> closed;
  const bool replaced = soon([&] {
    exchange.send_tick("BTCUSDT", "40.00000000", "1.00000000");
    std::vector<Candle> candles(10);
    candles.resize(reader.candles("BTCUSDT", "1m", candles).count);
    const auto at = std::find_if(candles.begin(), candles.end(),
                                 [&](const Candle& one) { return one.open_time_ns == minute; });
    if (at != candles.end()) closed = *at;
    return closed && closed->origin == static_cast<std::uint8_t>(Source::rest);
  });
  INFO(daemon->err());
  REQUIRE(replaced);
  CHECK(closed->closed == 1);
  CHECK(closed->is_complete());
  CHECK(closed->open.str() == "20.00000000");
  CHECK(closed->high.str() == "99.00000000");
  CHECK(closed->low.str() == "20.00000000");
  CHECK(closed->close.str() == "30.00000000");
  CHECK(daemon->stop() == 0);
}

}  // namespace
}  // namespace tickcache::test
