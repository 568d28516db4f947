// Which candle counts: the exchange's own, REST's, or that of ticks.
#include "daemon/candles/candle_rig.hpp"

namespace tickcache::daemon {
namespace {

TEST_CASE("ours are stored if the exchange sends none for a while") {
  CandleRig at({candles_of("BTCUSDT", "1m")}, true);
  at.connect();
  const Channel channel = candles_of("BTCUSDT", "1m");
  at.pass_until(65s);
  at.publisher->set_channel(0, channel, ChannelState::sent, {}, at.now);
  at.publisher->set_channel(0, channel, ChannelState::acknowledged, {}, at.now);
  at.tick("10");
  at.pass(4s);
  CHECK_FALSE(at.open("1m"));
  CHECK(at.channel("BTCUSDT", "1m")->origin == Source::unknown);
  at.pass(2s);
  CHECK(text_of(*at.open("1m")) == "10 10 10 10 1");
  CHECK(at.channel("BTCUSDT", "1m")->origin == Source::ticks);
}

TEST_CASE("ours are stored at once if the exchange refuses them, and the channel says so") {
  CandleRig at({candles_of("BTCUSDT", "4h")}, true);
  at.connect();
  at.publisher->set_channel(0, candles_of("BTCUSDT", "4h"), ChannelState::sent, {}, at.now);
  at.publisher->set_channel(0, candles_of("BTCUSDT", "4h"), ChannelState::refused,
                            "Channel 'candles' requires .", at.now);
  at.tick("10");
  at.pass(100ms);
  CHECK(text_of(*at.open("4h")) == "10 10 10 10 1 incomplete");
  const auto channel = at.channel("BTCUSDT", "4h");
  CHECK(channel->state == ChannelState::acknowledged);
  CHECK(channel->origin == Source::ticks);
  CHECK(channel->reason == "Channel 'candles' requires .");
}

TEST_CASE("what is refused and not made of ticks stays refused") {
  CandleRig at({});
  at.connect();
  at.publisher->set_channel(0, candles_of("BTCUSDT", "3m"), ChannelState::refused, "no", at.now);
  CHECK(at.channel("BTCUSDT", "3m")->state == ChannelState::refused);
}

TEST_CASE("the exchange's candles are preferred for as long as it sends them") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(70s);
  at.tick("10");
  at.pass_until(123s);
  CHECK(text_of(at.closed("1m")[60s]) == "10 10 10 10 1");
  at.exchange_candle("1m", 60s, "11");
  CHECK(text_of(at.closed("1m")[60s]) == "11 11 11 11 1 exchange");
  at.tick("9", "1", 10s);  // of a candle that it has sent
  at.tick("12");
  at.pass_until(183s);
  CHECK(at.closed("1m").size() == 1);
  CHECK(text_of(at.closed("1m")[60s]) == "11 11 11 11 1 exchange");
  at.exchange_candle("1m", 120s, "13");
  at.tick("14");
  at.pass_until(280s);
  CHECK(at.closed("1m").size() == 2);
  at.pass_until(310s);  // it has sent nothing for two intervals
  CHECK(text_of(at.closed("1m")[120s]) == "13 13 13 13 1 exchange");
  CHECK(text_of(at.closed("1m")[180s]) == "14 14 14 14 1");
}

TEST_CASE("REST's candle replaces ours if it differs and lacks no trade of ours") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(70s);
  at.tick("10");
  at.tick("10");
  at.pass_until(200s);
  at.answer(0, 60s, "11", 2, "2");
  CHECK(at.stored("1m") == 1);  // 90 s are not over
  at.pass_until(211s);
  SUBCASE("it is the same") {
    at.answer(0, 60s, "10.00", 2, "2.0");
    CHECK(at.stored("1m") == 1);
  }
  SUBCASE("it lacks a trade") {
    at.answer(0, 60s, "11", 1, "1");
    CHECK(at.stored("1m") == 1);
  }
  SUBCASE("it differs") {
    at.answer(0, 60s, "11", 2, "2");
    CHECK(text_of(at.closed("1m")[60s]) == "11 11 11 11 2 rest");
    at.tick("1", "1", 140s);
    at.pass(1s);
    CHECK(text_of(at.closed("1m")[60s]) == "11 11 11 11 2 rest");
    at.answer(0, 60s, "11", 2, "2");
    CHECK(at.stored("1m") == 2);
  }
  SUBCASE("it is of a time that the series has no candle for") {
    at.answer(0, 0s, "9", 5, "2");
    CHECK(text_of(at.closed("1m")[0s]) == "9 9 9 9 2 rest");
    at.answer(0, 90s, "9", 5, "2");
    CHECK(at.closed("1m").size() == 2);
  }
  SUBCASE("the exchange has sent its own") {
    at.exchange_candle("1m", 60s, "12");
    at.exchange_candle("1m", 0s, "12");
    at.answer(0, 60s, "11", 2, "2");
    at.answer(0, 0s, "11", 2, "2");
    CHECK(text_of(at.closed("1m")[60s]) == "12 12 12 12 1 exchange");
    CHECK(text_of(at.closed("1m")[0s]) == "12 12 12 12 1 exchange");
  }
}

TEST_CASE("REST's candle replaces ours if ours is incomplete") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(30s);
  at.tick("10");
  at.tick("10");
  at.pass_until(151s);
  CHECK(text_of(at.closed("1m")[0s]) == "10 10 10 10 2 incomplete");
  at.answer(0, 0s, "10", 1, "2");
  CHECK(text_of(at.closed("1m")[0s]) == "10 10 10 10 2 rest");
}

TEST_CASE("after a restart REST corrects what the run before has stored") {
  CandleRig at({candles_of("BTCUSDT", "1m")});
  at.connect();
  at.pass_until(30s);
  at.tick("10");
  at.pass_until(70s);
  at.tick("12");
  at.pass_until(300s);
  at.answer(0, 0s, "11", 3, "3");
  at.restart();
  at.connect();
  at.tick("13");
  at.pass(100ms);
  const std::uint64_t stored = at.stored("1m");
  at.answer(0, 0s, "11", 3, "3");
  at.answer(0, 60s, "12", 1, "1");
  CHECK(at.stored("1m") == stored);
  at.answer(0, 60s, "12", 2, "2");
  CHECK(text_of(at.closed("1m")[60s]) == "12 12 12 12 2 rest");
}

}  // namespace
}  // namespace tickcache::daemon
