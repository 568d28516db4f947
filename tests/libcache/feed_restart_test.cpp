// Feed: across runs of the daemon. Nothing twice, nothing left out that can still be read.
#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/libcache/feed_rig.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

/// A feed of everything, with what it says.
struct Following {
  explicit Following(const std::string& segment) : feed(segment) {
    feed.on_ticker("all", log.writes());
    feed.on_order_update(log.writes());
    feed.on_portfolio(log.writes());
    feed.on_candles("BTCUSDT", "1m", log.writes());
    feed.on_gap(log.writes());
  }

  /// Everything that comes until `line` has.
  Lines until(std::string_view line) {
    CHECK(comes(feed, log, line));
    drain(feed);
    return log.take();
  }

  FeedLog log;
  Feed feed;
};

const Lines kRestarted = {"gap all_tickers restarted", "gap orders restarted",
                          "gap portfolio restarted", "gap candles restarted BTCUSDT 1m"};

Lines after_restart(Lines more) {
  Lines lines = kRestarted;
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

}  // namespace

TEST_CASE("feed: a restart is told, after all that was published before it") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  daemon.order(1);
  Following following(daemon.name);
  bool clean = false;
  SUBCASE("after kill -9") {}
  SUBCASE("after a clean stop") { clean = true; }
  daemon.tick("BTCUSDT", 2);
  daemon.order(2);
  daemon.portfolio(1);
  daemon.candle("BTCUSDT", 1);
  if (clean) daemon.stop();
  daemon.restart();
  daemon.tick("ETHUSDT", 1);
  daemon.tick("BTCUSDT", 3);
  daemon.order(3);
  daemon.portfolio(2);
  daemon.candle("BTCUSDT", 2);

  CHECK(following.until("BTCUSDT 3") ==
        Lines{"order 2 at 2", "portfolio 1 at 1", "candle BTCUSDT 1m 1", "BTCUSDT 2",
              "gap all_tickers restarted", "gap orders restarted", "gap portfolio restarted",
              "gap candles restarted BTCUSDT 1m", "gap orders reconnected", "order 3 at 3",
              "portfolio 2 at 2", "candle BTCUSDT 1m 2", "ETHUSDT 1", "BTCUSDT 3"});
  CHECK(following.feed.missed() == 0);
  daemon.tick("BTCUSDT", 4);
  daemon.order(4);
  CHECK(following.until("BTCUSDT 4") == Lines{"order 4 at 4", "BTCUSDT 4"});
  CHECK(following.log.whole);
}

TEST_CASE("feed: several runs while nobody looked") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  daemon.tick("ETHUSDT", 1);
  Following following(daemon.name);
  FeedLog eth, latest;
  following.feed.on_ticker("ETHUSDT", eth.writes());
  following.feed.on_ticker("ETHUSDT", latest.writes(), Delivery::latest);
  daemon.order(1);
  daemon.tick("ETHUSDT", 2);
  daemon.restart();
  daemon.order(2);
  daemon.candle("BTCUSDT", 1);
  daemon.tick("ETHUSDT", 3);
  daemon.tick("ETHUSDT", 4);
  daemon.tick("BTCUSDT", 2);
  daemon.restart();
  daemon.order(3);
  daemon.restart();
  daemon.tick("BTCUSDT", 3);

  // Of the runs in between, the tapes are gone; what they left in the cells and logs is there.
  CHECK(following.until("BTCUSDT 3") ==
        Lines{"order 1 at 1", "ETHUSDT 2", "gap all_tickers restarted", "gap orders restarted",
              "gap portfolio restarted", "gap candles restarted BTCUSDT 1m",
              "gap orders reconnected", "order 2 at 2", "gap orders reconnected", "order 3 at 3",
              "gap orders reconnected", "candle BTCUSDT 1m 1", "ETHUSDT 4", "BTCUSDT 3"});
  CHECK(eth.take() == Lines{"ETHUSDT 2", "ETHUSDT 4 missed 1"});
  CHECK(latest.take() == Lines{"ETHUSDT 2", "ETHUSDT 4 missed 1"});
}

TEST_CASE("feed: more orders between than are kept") {
  Daemon daemon;
  Following following(daemon.name);
  daemon.order(1);
  drain(following.feed);
  CHECK(following.log.take() == Lines{"order 1 at 1"});
  daemon.restart();
  for (std::uint64_t n = 2; n <= 300; ++n) daemon.order(n);
  daemon.restart();
  const Lines lines = following.until("order 300 at 300");
  REQUIRE(lines.size() == 4 + 1 + 127 + 1);
  CHECK(lines[4] == "gap orders lapped 172");
  CHECK(lines[5] == "order 174 at 174 missed 172");
  CHECK(lines[131] == "order 300 at 300");
  CHECK(following.feed.missed() == 172);
}

TEST_CASE("fault 46: a restart under another account and another exchange carries nothing over") {
  Daemon daemon;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    daemon.tick("BTCUSDT", n);
    daemon.order(n);
  }
  Following following(daemon.name);
  FeedLog btc, latest;
  following.feed.on_ticker("BTCUSDT", btc.writes());
  following.feed.on_ticker("BTCUSDT", latest.writes(), Delivery::latest);
  daemon.tick("BTCUSDT", 6);
  drain(following.feed);
  btc.take();
  latest.take();
  following.log.take();
  daemon.url = "wss://another.test/ws/v1";
  daemon.key = "another-key";
  daemon.restart();
  daemon.tick("BTCUSDT", 1);
  daemon.tick("BTCUSDT", 2);
  daemon.order(1);
  CHECK(following.until("BTCUSDT 2") == after_restart({"order 1 at 1", "BTCUSDT 1", "BTCUSDT 2"}));
  CHECK(btc.take() == Lines{"BTCUSDT 1", "BTCUSDT 2"});
  CHECK(latest.take() == Lines{"BTCUSDT 2 missed 1"});
  CHECK(following.feed.missed() == 0);
}

TEST_CASE("feed: a tape of the next run that was lapped before anybody looked") {
  Daemon daemon(16);
  daemon.tick("BTCUSDT", 1);
  daemon.tick("ETHUSDT", 1);
  Following following(daemon.name);
  FeedLog btc, eth;
  following.feed.on_ticker("BTCUSDT", btc.writes());
  following.feed.on_ticker("ETHUSDT", eth.writes());
  daemon.restart();
  daemon.tick("ETHUSDT", 2);
  for (std::uint64_t n = 2; n <= 40; ++n) daemon.tick("BTCUSDT", n);
  // 40 ticks of which the last 13 are read.
  const Lines lines = following.until("BTCUSDT 40");
  REQUIRE(lines.size() == 4 + 1 + 1 + 13);
  CHECK(lines[4] == "gap orders reconnected");
  CHECK(lines[5] == "gap all_tickers lapped 27");
  CHECK(lines[6] == "BTCUSDT 28 missed 27");
  CHECK(btc.lines.front() == "BTCUSDT 28 missed 26");
  CHECK(eth.take() == Lines{"ETHUSDT 2"});
}

TEST_CASE("feed: asked for before there is a segment") {
  const SegmentName unused;
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  daemon.order(1);
  daemon.kill();
  const std::string aside = daemon.name.path() + ".aside";
  REQUIRE(rename(daemon.name.path().c_str(), aside.c_str()) == 0);

  Following following(daemon.name);
  FeedLog status, btc, latest;
  following.feed.on_status(status.writes());
  following.feed.on_ticker("BTCUSDT", btc.writes());
  following.feed.on_ticker("all", latest.writes(), Delivery::latest);
  drain(following.feed);
  CHECK(status.take() == Lines{"status down no_segment"});
  CHECK(following.log.take().empty());

  REQUIRE(rename(aside.c_str(), daemon.name.path().c_str()) == 0);
  daemon.start();  // with BTCUSDT 1 and order 1, which are older than the question
  daemon.tick("BTCUSDT", 2);
  daemon.order(2);
  const Lines lines = following.until("BTCUSDT 2");
  CHECK(lines == Lines{"gap orders reconnected", "order 2 at 2", "BTCUSDT 2"});
  CHECK(status.take() == Lines{"status live none"});
  CHECK(btc.take() == Lines{"BTCUSDT 2"});
  CHECK(latest.take() == Lines{"BTCUSDT 2"});
}

TEST_CASE(
    "feed: a segment that is published again by its own run loses nothing and tells nothing") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  Following following(daemon.name);
  daemon.tick("BTCUSDT", 2);
  daemon.order(1);
  drain(following.feed);
  daemon.tick("BTCUSDT", 3);
  REQUIRE(unlink(daemon.name.path().c_str()) == 0);
  daemon.writer->keep_name(boot_now());
  daemon.tick("BTCUSDT", 4);
  daemon.order(2);
  CHECK(following.until("BTCUSDT 4") ==
        Lines{"order 1 at 1", "BTCUSDT 2", "BTCUSDT 3", "order 2 at 2", "BTCUSDT 4"});
}

TEST_CASE("feed: run() ends with the daemon, run_forever() does not") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("all", log.writes());
  RunState how = RunState::stopped;
  FeedEnd end = FeedEnd::stopped;
  SUBCASE("it was stopped") {}
  SUBCASE("its key was rejected") {
    how = RunState::auth_failed;
    end = FeedEnd::auth_failed;
  }
  daemon.tick("BTCUSDT", 1);
  daemon.stop(how);
  CHECK(feed.run() == end);
  CHECK(log.take() == Lines{"BTCUSDT 1"});
  CHECK(feed.run() == end);

  // A successor that nobody has looked for yet counts.
  daemon.restart();
  daemon.tick("BTCUSDT", 2);
  daemon.stop(how);
  CHECK(feed.run() == end);
  CHECK(log.take() == Lines{"BTCUSDT 2"});
}
