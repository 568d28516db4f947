// Feed: ticks. Every one in order, who asked for what, laps, and the latest for slow handlers.
#include <doctest/doctest.h>

#include "tests/libcache/feed_rig.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

}  // namespace

TEST_CASE("feed: a handler gets every tick of its symbol, in order, from the moment of asking") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog btc, all, eth;
  feed.on_ticker("btcusdt", btc.writes());
  feed.on_ticker("all", all.writes());
  CHECK(feed.poll() == 0);

  daemon.tick("BTCUSDT", 2);
  daemon.tick("ETHUSDT", 1);
  daemon.tick("BTCUSDT", 3);
  CHECK(drain(feed) == 3);
  CHECK(btc.take() == Lines{"BTCUSDT 2", "BTCUSDT 3"});
  CHECK(all.take() == Lines{"BTCUSDT 2", "ETHUSDT 1", "BTCUSDT 3"});

  feed.on_ticker("EthUsdt", eth.writes());
  CHECK(feed.poll() == 0);
  daemon.tick("ETHUSDT", 2);
  daemon.tick("SOLUSDT", 1);
  drain(feed);
  CHECK(eth.take() == Lines{"ETHUSDT 2"});
  CHECK(all.take() == Lines{"ETHUSDT 2", "SOLUSDT 1"});
  CHECK(btc.take().empty());
  CHECK((btc.whole && all.whole && eth.whole));
  CHECK(feed.missed() == 0);
}

TEST_CASE("feed: a symbol that has never ticked is found with its first tick") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("BTCUSDT", log.writes());
  feed.on_ticker("ETHUSDT", log.writes());
  daemon.tick("ETHUSDT", 1);
  daemon.tick("ADAUSDT", 1);
  daemon.tick("BTCUSDT", 1);
  daemon.tick("BTCUSDT", 2);
  drain(feed);
  CHECK(log.take() == Lines{"ETHUSDT 1", "BTCUSDT 1", "BTCUSDT 2"});
}

TEST_CASE("feed: whoever asks later gets nothing of what lay there before") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog first, second, third, latest;
  feed.on_ticker("BTCUSDT", first.writes());
  daemon.tick("BTCUSDT", 1);
  daemon.tick("ETHUSDT", 1);
  feed.on_ticker("all", second.writes());
  feed.on_ticker("ETHUSDT", third.writes());
  feed.on_ticker("all", latest.writes(), Delivery::latest);
  daemon.tick("ETHUSDT", 2);
  drain(feed);
  CHECK(first.take() == Lines{"BTCUSDT 1"});
  CHECK(second.take() == Lines{"ETHUSDT 2"});
  CHECK(third.take() == Lines{"ETHUSDT 2"});
  CHECK(latest.take() == Lines{"ETHUSDT 2"});
}

TEST_CASE("feed: what is no symbol is refused") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  CHECK_THROWS_AS(feed.on_ticker("", log.writes()), std::invalid_argument);
  CHECK_THROWS_AS(feed.on_ticker(std::string(32, 'A'), log.writes()), std::invalid_argument);
  CHECK_THROWS_AS(feed.on_candles("", "1m", log.writes()), std::invalid_argument);
  CHECK_THROWS_AS(feed.on_candles("BTCUSDT", "", log.writes()), std::invalid_argument);
  CHECK_THROWS_AS(feed.on_candles("BTCUSDT", "12345678", log.writes()), std::invalid_argument);
  CHECK_NOTHROW(feed.on_ticker(std::string(31, 'A'), log.writes()));
}

TEST_CASE("fault 42: a lap is told before the tick behind it, and counted exactly") {
  Daemon daemon(16);
  Feed feed(daemon.name.str());
  FeedLog all;
  feed.on_ticker("all", all.writes());
  feed.on_gap(all.writes());
  daemon.tick("BTCUSDT", 1);
  drain(feed);
  all.take();
  for (std::uint64_t n = 2; n <= 40; ++n) daemon.tick("BTCUSDT", n);
  drain(feed);
  // 15 of a tape of 16 can be read; an eighth of it is left to the writer.
  const Lines lines = all.take();
  REQUIRE(lines.size() == 14);
  CHECK(lines[0] == "gap all_tickers lapped 26");
  CHECK(lines[1] == "BTCUSDT 28 missed 26");
  CHECK(lines[2] == "BTCUSDT 29");
  CHECK(lines.back() == "BTCUSDT 40");
  CHECK(feed.missed() == 26);
}

TEST_CASE("feed: a lap that cost a symbol nothing is not told to those who asked for it") {
  Daemon daemon(16);
  daemon.tick("BTCUSDT", 1);
  daemon.tick("ETHUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("ETHUSDT", log.writes());
  feed.on_gap(log.writes());
  for (std::uint64_t n = 2; n <= 40; ++n) daemon.tick("BTCUSDT", n);
  daemon.tick("ETHUSDT", 2);
  drain(feed);
  CHECK(log.take() == Lines{"ETHUSDT 2"});
  CHECK(feed.missed() == 0);
}

TEST_CASE("feed: of a symbol that is quiet since the lap, the newest tick is still given") {
  Daemon daemon(16);
  for (const char* text : {"BTCUSDT", "ETHUSDT", "SOLUSDT"}) daemon.tick(text, 1);
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_gap(log.writes());
  Delivery delivery = Delivery::every;
  SUBCASE("every tick") {}
  SUBCASE("the latest") { delivery = Delivery::latest; }
  feed.on_ticker("ETHUSDT", log.writes(), delivery);
  feed.on_ticker("SOLUSDT", log.writes(), delivery);
  for (std::uint64_t n = 2; n <= 4; ++n) daemon.tick("ETHUSDT", n);
  for (std::uint64_t n = 2; n <= 40; ++n) daemon.tick("BTCUSDT", n);
  drain(feed);
  if (delivery == Delivery::every) {
    CHECK(log.take() == Lines{"gap all_tickers lapped ETHUSDT 2", "ETHUSDT 4 missed 2"});
    CHECK(feed.missed() == 2);
  } else {
    CHECK(log.take() == Lines{"ETHUSDT 4 missed 2"});
    CHECK(feed.missed() == 0);  // that is what was asked for
  }
  daemon.tick("ETHUSDT", 5);
  daemon.tick("SOLUSDT", 2);
  drain(feed);
  CHECK(log.take() == Lines{"ETHUSDT 5", "SOLUSDT 2"});
}

TEST_CASE("feed: the latest of each symbol for those who are slow") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog all, btc, every;
  feed.on_ticker("all", all.writes(), Delivery::latest);
  feed.on_ticker("BTCUSDT", btc.writes(), Delivery::latest);
  for (std::uint64_t n = 1; n <= 5; ++n) {
    daemon.tick("BTCUSDT", n);
    if (n % 2 == 0) daemon.tick("ETHUSDT", n / 2);
  }
  drain(feed);
  CHECK(all.take() == Lines{"BTCUSDT 5 missed 4", "ETHUSDT 2 missed 1"});
  CHECK(btc.take() == Lines{"BTCUSDT 5 missed 4"});
  daemon.tick("BTCUSDT", 6);
  drain(feed);
  CHECK(all.take() == Lines{"BTCUSDT 6"});
  CHECK(btc.take() == Lines{"BTCUSDT 6"});

  // Beside one who wants every tick.
  feed.on_ticker("BTCUSDT", every.writes());
  daemon.tick("BTCUSDT", 7);
  daemon.tick("BTCUSDT", 8);
  drain(feed);
  CHECK(every.take() == Lines{"BTCUSDT 7", "BTCUSDT 8"});
  CHECK(all.take() == Lines{"BTCUSDT 8 missed 1"});
}

TEST_CASE("feed: the latest of each symbol comes once, however many ticks are on the tape") {
  Daemon daemon(4096);
  for (const char* text : {"ETHUSDT", "SOLUSDT", "BTCUSDT"}) daemon.tick(text, 1);
  Feed feed(daemon.name.str());
  FeedLog all, btc;
  feed.on_ticker("all", all.writes(), Delivery::latest);
  feed.on_ticker("BTCUSDT", btc.writes(), Delivery::latest);
  for (std::uint64_t n = 2; n <= 3000; ++n) daemon.tick("BTCUSDT", n);
  daemon.tick("ETHUSDT", 2);
  daemon.tick("NEWUSDT", 1);
  CHECK(drain(feed) == 3);
  CHECK(all.take() == Lines{"ETHUSDT 2", "BTCUSDT 3000 missed 2998", "NEWUSDT 1"});
  CHECK(btc.take() == Lines{"BTCUSDT 3000 missed 2998"});
  daemon.tick("SOLUSDT", 2);
  daemon.tick("BTCUSDT", 3001);
  drain(feed);
  CHECK(all.take() == Lines{"SOLUSDT 2", "BTCUSDT 3001"});
  CHECK(feed.missed() == 0);
  CHECK((all.whole && btc.whole));
}

TEST_CASE("feed: a slow handler of the latest starves no symbol") {
  Daemon daemon(16);
  Feed feed(daemon.name.str());
  std::map<std::string, std::uint64_t> newest;
  std::uint64_t n = 0;
  std::uint64_t told = 0;
  // While it works, the tape is written over several times: one hot symbol, and some quiet ones.
  const auto busy = [&] {
    const std::uint64_t end = n + 50;
    while (n < end) daemon.tick("HOT", ++n);
  };
  feed.on_ticker(
      "all",
      [&](const Tick& tick) {
        newest[std::string(tick.symbol.view())] = tick.ticker.updates;
        ++told;
        if (n < 5000) busy();
      },
      Delivery::latest);
  for (const char* text : {"A", "B", "C", "D"}) daemon.tick(text, 1);
  busy();
  for (int i = 0; i < 5; ++i) feed.poll();
  for (const std::string text : {"A", "B", "C", "D"}) CHECK(newest[text] == 1);
  n = 5000;
  daemon.tick("HOT", 1);  // its payload is not looked at here
  drain(feed);
  Reader reader(daemon.name.str());
  CHECK(newest["HOT"] == reader.ticker("HOT").value.updates);
}

TEST_CASE("feed: a new session of the connection is told before its first tick") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog log;
  FeedGap gap;
  feed.on_ticker("all", log.writes());
  feed.on_gap(log.writes());
  feed.on_gap([&](const FeedGap& told) { gap = told; });
  daemon.tick("BTCUSDT", 2);
  drain(feed);
  daemon.reconnect();
  drain(feed);
  CHECK(log.take() == Lines{"BTCUSDT 2"});
  const std::int64_t before = unix_now();
  daemon.tick("BTCUSDT", 3);
  daemon.tick("BTCUSDT", 4);
  drain(feed);
  CHECK(log.take() == Lines{"gap all_tickers reconnected", "BTCUSDT 3", "BTCUSDT 4"});
  CHECK(gap.since_unix_ns < before);
  CHECK(gap.since_unix_ns > before - 3600 * kSecond);
}

TEST_CASE("feed: a lap over a new session tells both") {
  Daemon daemon(16);
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("all", log.writes());
  feed.on_gap(log.writes());
  daemon.tick("BTCUSDT", 1);
  drain(feed);
  log.take();
  daemon.reconnect();
  for (std::uint64_t n = 2; n <= 40; ++n) daemon.tick("BTCUSDT", n);
  drain(feed);
  const Lines lines = log.take();
  REQUIRE(lines.size() > 3);
  CHECK(lines[0] == "gap all_tickers reconnected");
  CHECK(lines[1] == "gap all_tickers lapped 26");
  CHECK(lines[2] == "BTCUSDT 28 missed 26");
}

TEST_CASE("feed: a poll ends, though there is always more") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  std::uint64_t n = 0;
  feed.on_ticker("BTCUSDT", [&](const Tick&) { daemon.tick("BTCUSDT", ++n); });
  daemon.tick("BTCUSDT", ++n);
  const std::size_t events = feed.poll();
  CHECK(events > 0);
  CHECK(events < 10);
  CHECK(feed.poll() > 0);
}
