// Feed: orders, portfolio, candles and the state of the feed.
#include <doctest/doctest.h>

#include "tests/libcache/feed_rig.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

}  // namespace

TEST_CASE("feed: order updates and portfolio snapshots, with their positions") {
  Daemon daemon;
  daemon.order(1);
  daemon.portfolio(1);
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_order_update(log.writes());
  feed.on_portfolio(log.writes());
  feed.on_gap(log.writes());
  CHECK(feed.poll() == 0);
  daemon.order(2);
  daemon.order(3);
  daemon.portfolio(2);
  CHECK(drain(feed) == 3);
  CHECK(log.take() == Lines{"order 2 at 2", "order 3 at 3", "portfolio 2 at 2"});
  CHECK(log.whole);
}

TEST_CASE("fault 42: overwritten order updates and snapshots are counted exactly") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog orders, portfolios;
  feed.on_order_update(orders.writes());
  feed.on_portfolio(portfolios.writes());
  feed.on_gap(orders.writes());
  for (std::uint64_t n = 1; n <= 300; ++n) daemon.order(n);
  for (std::uint64_t n = 1; n <= 20; ++n) daemon.portfolio(n);
  drain(feed);
  const Lines lines = orders.take();
  REQUIRE(lines.size() == 2 + 127);
  CHECK(lines[0] == "gap orders lapped 173");
  CHECK(lines[1] == "order 174 at 174 missed 173");
  CHECK(lines[2] == "order 175 at 175");
  CHECK(lines[127] == "order 300 at 300");
  CHECK(lines[128] == "gap portfolio lapped 5");
  CHECK(portfolios.lines.front() == "portfolio 6 at 6 missed 5");
  CHECK(portfolios.lines.back() == "portfolio 20 at 20");
  CHECK(feed.missed() == 173 + 5);
}

TEST_CASE("feed: a gap in the account's orders is told when the connection is up again") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  std::int64_t since = 0;
  feed.on_order_update(log.writes());
  feed.on_gap(log.writes());
  feed.on_gap([&](const FeedGap& gap) { since = gap.since_unix_ns; });
  daemon.order(1);
  drain(feed);
  daemon.reconnect();
  drain(feed);
  CHECK(log.take() == Lines{"order 1 at 1", "gap orders reconnected"});
  Reader reader(daemon.name.str());
  std::vector<Order> orders(1);
  CHECK(since == reader.orders(orders).gap_since_ns);

  // Once, though the next order says so as well.
  daemon.order(2);
  drain(feed);
  CHECK(log.take() == Lines{"order 2 at 2"});

  // Told with the order, if that had come before anybody looked.
  daemon.reconnect();
  daemon.order(3);
  daemon.order(4);
  drain(feed);
  CHECK(log.take() == Lines{"gap orders reconnected", "order 3 at 3", "order 4 at 4"});
  CHECK(since > 0);

  // Orders that came before the gap are given before it.
  daemon.order(5);
  daemon.reconnect();
  daemon.reconnect();
  drain(feed);
  CHECK(log.take() == Lines{"order 5 at 5", "gap orders reconnected"});
  daemon.reconnect();
  drain(feed);
  CHECK(log.take() == Lines{"gap orders reconnected"});  // whoever looked in between looks again
}

TEST_CASE("feed: closed candles, each once") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log, other;
  std::string volume;
  feed.on_candles("btcusdt", "1m", log.writes());
  feed.on_candles("BTCUSDT", "1m",
                  [&](const ClosedCandle& candle) { volume = candle.candle.volume.view(); });
  feed.on_candles("ETHUSDT", "1m", other.writes());
  daemon.candle("BTCUSDT", 1, false);
  CHECK(feed.poll() == 0);
  daemon.candle("BTCUSDT", 1);
  daemon.candle("BTCUSDT", 1);
  daemon.candle("ETHUSDT", 7);
  daemon.candle("BTCUSDT", 2, false);
  drain(feed);
  CHECK(log.take() == Lines{"candle BTCUSDT 1m 1"});
  CHECK(other.take() == Lines{"candle ETHUSDT 1m 7"});

  Candle corrected = make_candle(1, true);
  corrected.volume.assign("0.125");
  daemon.writer->candle(0, symbol("BTCUSDT"), interval("1m"), corrected, boot_now());
  daemon.candle("BTCUSDT", 2);
  drain(feed);
  CHECK(log.take() == Lines{"candle BTCUSDT 1m 1", "candle BTCUSDT 1m 2"});
  daemon.writer->candle(0, symbol("BTCUSDT"), interval("1m"), corrected, boot_now());
  drain(feed);
  CHECK(volume == "0.125");
}

/// A candle from before the daemon kept the series, which it has asked for later.
void store_history(Daemon& daemon, std::uint64_t n) {
  Candle candle = make_candle(n, true);
  candle.flags |= Candle::kHistory;
  daemon.writer->candle(0, symbol("BTCUSDT"), interval("1m"), candle, boot_now());
}

TEST_CASE("feed: candles from before the daemon kept the series are in the list, but no events") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_candles("BTCUSDT", "1m", log.writes());
  feed.on_gap(log.writes());
  for (std::uint64_t n = 1; n <= 100; ++n) store_history(daemon, n);
  daemon.candle("BTCUSDT", 101);
  drain(feed);
  CHECK(log.take() == Lines{"candle BTCUSDT 1m 101"});
  daemon.restart();
  daemon.candle("BTCUSDT", 102);
  drain(feed);
  CHECK(log.take() == Lines{"gap candles restarted BTCUSDT 1m", "candle BTCUSDT 1m 102"});
  Reader reader(daemon.name.str());
  std::vector<Candle> candles(200);
  CHECK(reader.candles("BTCUSDT", "1m", candles).count == 102);
}

TEST_CASE("feed: a repeated candle after a new session is not given, the gap before the next is") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_candles("BTCUSDT", "1m", log.writes());
  feed.on_gap(log.writes());
  daemon.candle("BTCUSDT", 1);
  drain(feed);
  daemon.reconnect();
  daemon.candle("BTCUSDT", 1);
  drain(feed);
  CHECK(log.take() == Lines{"candle BTCUSDT 1m 1"});
  daemon.candle("BTCUSDT", 3);
  drain(feed);
  CHECK(log.take() == Lines{"gap candles reconnected BTCUSDT 1m", "candle BTCUSDT 1m 3"});
}

TEST_CASE("feed: a candle repeated after others from before the series was kept is not given") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_candles("BTCUSDT", "1m", log.writes());
  daemon.candle("BTCUSDT", 101);
  store_history(daemon, 100);
  daemon.candle("BTCUSDT", 101);
  drain(feed);
  CHECK(log.take() == Lines{"candle BTCUSDT 1m 101"});
}

TEST_CASE("feed: overwritten candles are counted, also of a series that was not there") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_candles("BTCUSDT", "1m", log.writes());
  feed.on_gap(log.writes());
  for (std::uint64_t n = 1; n <= 328; ++n) daemon.candle("BTCUSDT", n);
  drain(feed);
  CHECK(log.lines[0] == "gap candles lapped BTCUSDT 1m 73");
  CHECK(log.lines[1] == "candle BTCUSDT 1m 74 missed 73");
  CHECK(log.take().back() == "candle BTCUSDT 1m 328");
  for (std::uint64_t n = 329; n <= 656; ++n) daemon.candle("BTCUSDT", n);
  drain(feed);
  CHECK(log.lines[0] == "gap candles lapped BTCUSDT 1m 73");
  CHECK(feed.missed() == 146);
}

TEST_CASE("feed: whether it can be trusted, at first and whenever that changes") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log, late;
  feed.on_status(log.writes());
  drain(feed);
  CHECK(log.take() == Lines{"status live none"});
  CHECK(feed.poll() == 0);
  daemon.writer->set_connection(0, ConnectionState::waiting, boot_now());
  CHECK(feed.poll() == 1);
  CHECK(log.take() == Lines{"status stale reconnecting"});
  daemon.connect();
  feed.poll();
  CHECK(log.take() == Lines{"status live none"});
  daemon.stop();
  feed.poll();
  CHECK(log.take() == Lines{"status down stopped"});

  feed.on_status(late.writes());
  feed.poll();
  CHECK(late.take() == Lines{"status down stopped"});
  daemon.restart();
  CHECK(comes(feed, late, "status live none"));
}

TEST_CASE("feed: silence and a daemon that was killed are noticed without being woken") {
  const SegmentName name;
  WriterOptions with = options(name);
  with.liveness_timeout_ns = 300'000'000;
  std::optional<CacheWriter> writer;
  Feed feed(name.str());
  FeedLog log;
  feed.on_status(log.writes());
  feed.poll();
  CHECK(log.take() == Lines{"status down no_segment"});

  SUBCASE("killed") {
    writer.emplace(with, boot_now());
    writer->begin_epoch(0, boot_now(), unix_now());
    CHECK(comes(feed, log, "status live none"));
    log.take();
    CHECK(soon([&] {
      feed.wait(kPatience);
      return feed.poll() > 0;
    }));
    CHECK(log.take() == Lines{"status down heartbeat_lost"});
  }
  SUBCASE("silent") {
    with.liveness_timeout_ns = 3600 * kSecond;
    with.silence_after_ns = 200'000'000;
    writer.emplace(with, boot_now());
    writer->begin_epoch(0, boot_now(), unix_now());
    writer->set_channel(ChannelKind::all_tickers, {}, {}, 0, ChannelState::acknowledged, {},
                        boot_now());
    CHECK(comes(feed, log, "status live none"));
    log.take();
    CHECK(soon([&] {
      feed.wait(kPatience);
      return feed.poll() > 0;
    }));
    CHECK(log.take() == Lines{"status stale silent"});
    CHECK(soon([&] {
      writer->ticker(0, symbol("BTCUSDT"), make_ticker(1), boot_now());
      return feed.poll() > 0;
    }));
    CHECK(log.take() == Lines{"status live none"});
  }
}
