// "Can I trust these candles, orders, this portfolio, the feed?": the answers for what is no price.
#include <doctest/doctest.h>

#include <array>
#include <limits>

#include "libcache/reader/judge.hpp"
#include "tests/libcache/judged_feed.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;
using std::chrono::nanoseconds;
using std::chrono::seconds;

}  // namespace

TEST_CASE("a candle series is silent after its interval plus silence-after") {
  struct Case {
    const char* interval;
    std::int64_t length;
  };
  for (const Case& c : {Case{"1m", 60}, Case{"15m", 900}, Case{"1h", 3600}, Case{"1d", 86400},
                        Case{"1w", 604800}, Case{"30s", 30}}) {
    CAPTURE(std::string(c.interval));
    JudgedFeed feed;
    feed.writer->candle(0, symbol("BTCUSDT"), interval(c.interval), make_candle(1, true), kNow);
    const std::int64_t limit = kNow + (c.length + 30) * kSecond;
    feed.beat(limit);
    std::array<Candle, 4> candles;
    const auto look = [&](std::int64_t now) {
      return feed.reader->candles("btcusdt", c.interval, candles, at(now));
    };
    check(look(limit), Freshness::live, Reason::none);
    CHECK(look(limit).age_ns == limit - kNow);
    check(look(limit + 1), Freshness::stale, Reason::silent);
    feed.tick(limit);  // ticks say nothing about candles
    check(look(limit + 1), Freshness::stale, Reason::silent);
    feed.writer->candle(0, symbol("BTCUSDT"), interval(c.interval), make_candle(2, false), limit);
    check(look(limit + 1), Freshness::live, Reason::none);
    check(feed.reader->candles("BTCUSDT", "7x", candles, at(limit)), Freshness::missing,
          Reason::never_seen);
  }
}

TEST_CASE("an interval without a length is never silent and never wrong") {
  CHECK(interval_ns("1m") == 60 * kSecond);
  CHECK(interval_ns("10000w") == kSecond * 10'000 * 7 * 86400);
  for (const char* text :
       {"", "m", "0m", "-1m", "1M", "1", "1mm", "99999w", "999999999999999999999m"}) {
    CAPTURE(std::string(text));
    CHECK(interval_ns(text) == 0);
  }
}

TEST_CASE("the longest silence that a header can name is never over") {
  JudgedFeed feed(std::numeric_limits<std::int64_t>::max());
  feed.writer->candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(1, true), kNow);
  feed.beat(kNow + 86400 * kSecond);
  std::array<Candle, 4> candles;
  check(feed.reader->candles("BTCUSDT", "1m", candles, at(kNow + 86400 * kSecond)), Freshness::live,
        Reason::none);
}

TEST_CASE("a candle series that is no longer wanted is stale and says so") {
  JudgedFeed feed;
  const SymbolText btc = symbol("BTCUSDT");
  feed.writer->set_channel(ChannelKind::candles, btc, interval("1m"), 0, ChannelState::sent, {},
                           kNow);
  feed.writer->candle(0, btc, interval("1m"), make_candle(1, true), kNow);
  std::array<Candle, 4> candles;
  check(feed.reader->candles("BTCUSDT", "1m", candles, at(kNow)), Freshness::live, Reason::none);
  feed.writer->drop_channel(ChannelKind::candles, btc, interval("1m"), kNow);
  const ListResult result = feed.reader->candles("BTCUSDT", "1m", candles, at(kNow));
  check(result, Freshness::stale, Reason::unsubscribed);
  CHECK(result.count == 1);
  // One that was on its way does not make it current again, nor does asking for it.
  feed.writer->candle(0, btc, interval("1m"), make_candle(2, true), kNow, true);
  check(feed.reader->candles("BTCUSDT", "1m", candles, at(kNow)), Freshness::stale,
        Reason::unsubscribed);
  feed.writer->set_channel(ChannelKind::candles, btc, interval("1m"), 0, ChannelState::wanted, {},
                           kNow);
  check(feed.reader->candles("BTCUSDT", "1m", candles, at(kNow)), Freshness::stale,
        Reason::previous_epoch);
  feed.writer->candle(0, btc, interval("1m"), make_candle(3, true), kNow);
  check(feed.reader->candles("BTCUSDT", "1m", candles, at(kNow)), Freshness::live, Reason::none);
}

TEST_CASE("orders and portfolio that are no longer wanted are stale, and orders have a gap then") {
  JudgedFeed feed;
  const auto set = [&](ChannelKind kind) {
    feed.writer->set_channel(kind, {}, {}, 0, ChannelState::acknowledged, {}, kNow);
  };
  set(ChannelKind::orders);
  set(ChannelKind::portfolio);
  feed.writer->order(0, make_order(1), kNow);
  feed.writer->portfolio(0, make_portfolio(1), kNow);
  std::array<Order, 4> orders;
  const auto list = [&] { return feed.reader->orders(orders, at(kNow)); };
  check(list(), Freshness::live, Reason::none);
  feed.writer->drop_channel(ChannelKind::orders, {}, {}, kNow + 2 * kSecond);
  feed.writer->drop_channel(ChannelKind::portfolio, {}, {}, kNow + 2 * kSecond);
  check(list(), Freshness::stale, Reason::unsubscribed);
  check(feed.reader->portfolio(at(kNow)), Freshness::stale, Reason::unsubscribed);
  set(ChannelKind::orders);
  set(ChannelKind::portfolio);
  const auto both = [&](Freshness freshness, Reason reason) {
    check(list(), freshness, reason);
    check(feed.reader->portfolio(at(kNow)), freshness, reason);
  };
  both(Freshness::stale, Reason::previous_epoch);
  feed.writer->order(0, make_order(2), kNow, true);  // was on its way
  feed.writer->portfolio(0, make_portfolio(2), kNow, true);
  both(Freshness::stale, Reason::previous_epoch);
  CHECK(list().gap_since_ns == kUnix + 2 * kSecond);
  feed.writer->order(0, make_order(3), kNow);
  feed.writer->portfolio(0, make_portfolio(3), kNow);
  both(Freshness::live, Reason::none);
  CHECK(list().gap_since_ns == 0);
  CHECK(orders[1].gap_since_ns == 0);
  CHECK(orders[2].gap_since_ns == kUnix + 2 * kSecond);
}

TEST_CASE("a rejected message of a channel makes what is stored of it stale") {
  JudgedFeed feed;
  const SymbolText btc = symbol("BTCUSDT");
  const IntervalText minute = interval("1m");
  std::array<Candle, 4> candles;
  std::array<Order, 4> orders;
  const auto all = [&](Freshness freshness, Reason reason) {
    check(feed.reader->candles("BTCUSDT", "1m", candles, at(kNow)), freshness, reason);
    check(feed.reader->orders(orders, at(kNow)), freshness, reason);
    check(feed.reader->portfolio(at(kNow)), freshness, reason);
  };
  const auto store = [&](std::uint64_t n) {
    feed.writer->candle(0, btc, minute, make_candle(n, true), kNow);
    feed.writer->order(0, make_order(n), kNow);
    feed.writer->portfolio(0, make_portfolio(n), kNow);
  };
  store(1);
  all(Freshness::live, Reason::none);
  feed.writer->end_data(ChannelKind::candles, btc, minute, kNow);
  feed.writer->end_data(ChannelKind::orders, {}, {}, kNow);
  feed.writer->end_data(ChannelKind::portfolio, {}, {}, kNow);
  all(Freshness::stale, Reason::previous_epoch);
  store(2);
  all(Freshness::live, Reason::none);
  CHECK(candles[0].flags == 0);
  CHECK(candles[1].flags == Candle::kMissingBefore);
  CHECK(feed.reader->portfolio(at(kNow)).value.flags == Portfolio::kMissingBefore);
  CHECK(orders[1].gap_since_ns != 0);
}

TEST_CASE("orders and portfolio are never silent but have an epoch") {
  JudgedFeed feed;
  feed.writer->order(0, make_order(1), kNow);
  feed.writer->portfolio(0, make_portfolio(1), kNow);
  std::array<Order, 4> orders;
  constexpr std::int64_t kWeek = 7 * 86400 * kSecond;
  feed.beat(kNow + kWeek);
  const auto both = [&](const Query& query, Freshness freshness, Reason reason) {
    const ListResult list = feed.reader->orders(orders, query);
    check(list, freshness, reason);
    CHECK(list.count == 1);
    const Result<Portfolio> portfolio = feed.reader->portfolio(query);
    check(portfolio, freshness, reason);
    CHECK(portfolio.has_value);
  };
  both(at(kNow + kWeek), Freshness::live, Reason::none);
  both(at(kNow + kWeek, kWeek), Freshness::live, Reason::none);
  both(at(kNow + kWeek, kWeek - 1), Freshness::stale, Reason::too_old);
  both(at(kNow + kWeek + 2 * kSecond + 1), Freshness::down, Reason::heartbeat_lost);
  feed.writer->set_connection(0, ConnectionState::waiting, kNow + kWeek);
  both(at(kNow + kWeek), Freshness::stale, Reason::reconnecting);
  feed.writer->begin_epoch(0, kNow + kWeek, kUnix);
  both(at(kNow + kWeek), Freshness::stale, Reason::previous_epoch);
}

TEST_CASE("the feed as a whole is live only if every connection is up and ticks come") {
  const SegmentName name;
  WriterOptions quick = options(name);
  quick.liveness_timeout_ns = 3600 * kSecond;
  quick.silence_after_ns = 30 * kSecond;
  std::int64_t now =
      BootClock::now().time_since_epoch().count();  // status() reads the clock by itself
  CacheWriter writer(quick, now);
  Reader reader{name.str()};
  const auto feed = [&] {
    Status status;
    reader.status(status);
    return std::string(to_string(status.feed)) + " " + to_string(status.reason);
  };
  CHECK(feed() == "stale reconnecting");
  writer.begin_epoch(0, now, kUnix);
  CHECK(feed() == "live none");
  writer.set_connection(1, ConnectionState::connecting, now);
  CHECK(feed() == "stale reconnecting");
  writer.begin_epoch(1, now, kUnix);
  CHECK(feed() == "live none");
  writer.set_connection(1, ConnectionState::closed, now);
  CHECK(feed() == "live none");
  writer.set_connection(0, ConnectionState::up, now - 40 * kSecond);
  CHECK(feed() == "live none");  // nobody asked for ticks
  writer.set_channel(ChannelKind::all_tickers, {}, {}, 0, ChannelState::acknowledged, {}, now);
  CHECK(feed() == "stale silent");
  writer.tick_seen(0, now);
  CHECK(feed() == "live none");
  writer.stop(RunState::auth_failed, now);
  CHECK(feed() == "down auth_failed");
}

TEST_CASE("orders say since when updates may be missing") {
  JudgedFeed feed;
  std::array<Order, 8> orders;
  const auto list = [&] { return feed.reader->orders(orders, at(kNow)); };
  feed.writer->order(0, make_order(1), kNow);
  CHECK(list().gap_since_ns == 0);
  CHECK(orders[0].gap_since_ns == 0);

  SUBCASE("from the loss to the next order, however often it reconnects") {
    feed.writer->message(0, 10, kNow + 5 * kSecond);
    // Noticed late, after a suspension or the idle timeout: the gap began with the last message.
    feed.writer->set_connection(0, ConnectionState::waiting, kNow + 8 * kSecond);
    CHECK(list().gap_since_ns == 0);  // the connection's state says it meanwhile
    CHECK(list().reason == Reason::reconnecting);
    feed.writer->begin_epoch(0, kNow + 9 * kSecond, kUnix + 9 * kSecond);
    CHECK(list().gap_since_ns == kUnix + 5 * kSecond);
    feed.writer->set_connection(0, ConnectionState::waiting, kNow + 20 * kSecond);
    feed.writer->begin_epoch(0, kNow + 21 * kSecond, kUnix + 21 * kSecond);
    CHECK(list().gap_since_ns == kUnix + 5 * kSecond);  // no order since: one gap
    feed.writer->order(0, make_order(2), kNow + 22 * kSecond);
    const ListResult after = list();
    CHECK(after.count == 2);
    CHECK(after.gap_since_ns == 0);
    CHECK(orders[0].gap_since_ns == 0);
    CHECK(orders[1].gap_since_ns == kUnix + 5 * kSecond);
    feed.writer->order(0, make_order(3), kNow + 23 * kSecond);
    CHECK(list().count == 3);
    CHECK(orders[2].gap_since_ns == 0);
  }
  SUBCASE("not for connections that carry no orders") {
    feed.writer->begin_epoch(1, kNow, kUnix);
    feed.writer->set_connection(1, ConnectionState::waiting, kNow);
    feed.writer->begin_epoch(1, kNow, kUnix);
    CHECK(list().gap_since_ns == 0);
  }
}
