// Candles of an exchange that sends none: it acknowledges the channel or refuses it, and has some
// by REST.
#include <optional>

#include "e2e/installation.hpp"
#include "support/soon.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

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
  sim::Options options;
  options.rate = 0;
  options.symbols = 10;
  options.candle_every = 0ms;
  sim::Exchange exchange(options);
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

}  // namespace
}  // namespace tickcache::test
