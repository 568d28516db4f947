// "Can I trust this price?": every answer, its reason and the exact boundaries, with the time
// given.
#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <optional>
#include <string>

#include "libcache/judge.hpp"
#include "libcache/writer.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/payload.hpp"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::int64_t kNow = 1'000'000 * kSecond;  ///< CLOCK_BOOTTIME when the daemon starts
constexpr std::int64_t kUnix = 1'700'000'000 * kSecond;

Query at(std::int64_t now) {
  Query query;
  query.now = nanoseconds(now);
  return query;
}

Query at(std::int64_t now, std::int64_t max_age) {
  Query query = at(now);
  query.max_age = nanoseconds(max_age);
  return query;
}

/// A daemon with one connection open since kNow and a tick of BTCUSDT at kNow.
struct JudgedFeed {
  explicit JudgedFeed(std::int64_t silence_after = 30 * kSecond,
                      std::int64_t liveness = 2 * kSecond) {
    WriterOptions with = options(name);
    with.silence_after_ns = silence_after;
    with.liveness_timeout_ns = liveness;
    writer.emplace(with, kNow);
    reader.emplace(name.str());
    writer->begin_epoch(0, kNow, kUnix);
    tick(kNow);
  }

  void tick(std::int64_t now, std::uint8_t connection = 0, std::string_view which = "BTCUSDT") {
    writer->ticker(connection, symbol(which), make_ticker(1), now);
  }
  void beat(std::int64_t now) { writer->beat(now); }

  [[nodiscard]] Result<Ticker> ticker(const Query& query) {
    return reader->ticker("BTCUSDT", query);
  }

  const SegmentName name;
  std::optional<CacheWriter> writer;
  std::optional<Reader> reader;
};

template <class R>
void check(const R& result, Freshness freshness, Reason reason) {
  CHECK(std::string(to_string(result.freshness)) == to_string(freshness));
  CHECK(std::string(to_string(result.reason)) == to_string(reason));
}

}  // namespace

TEST_CASE("a tick of the present epoch is live and has its age") {
  JudgedFeed feed;
  feed.beat(kNow + kSecond);
  const Result<Ticker> result = feed.ticker(at(kNow + kSecond));
  check(result, Freshness::live, Reason::none);
  CHECK(result.live());
  CHECK(result.has_value);
  CHECK(result.age_ns == kSecond);
  const Result<Decimal> price = feed.reader->price("btcusdt", at(kNow + kSecond));
  check(price, Freshness::live, Reason::none);
  CHECK(price.value == make_ticker(1).price());
  CHECK(price.age_ns == kSecond);
}

TEST_CASE("a symbol without a tick is missing whether or not a daemon runs") {
  JudgedFeed feed;
  check(feed.reader->ticker("NOPE", at(kNow)), Freshness::missing, Reason::never_seen);
  check(feed.reader->ticker("", at(kNow)), Freshness::missing, Reason::never_seen);
  check(feed.reader->ticker(std::string(32, 'A'), at(kNow)), Freshness::missing,
        Reason::never_seen);
  CHECK_FALSE(feed.reader->ticker("NOPE", at(kNow)).has_value);
  feed.writer->stop(RunState::stopped, kNow);
  check(feed.reader->ticker("NOPE", at(kNow)), Freshness::missing, Reason::never_seen);
  std::array<Order, 4> orders;
  check(feed.reader->orders(orders, at(kNow)), Freshness::missing, Reason::never_seen);
  check(feed.reader->portfolio(at(kNow)), Freshness::missing, Reason::never_seen);
  std::array<Candle, 4> candles;
  check(feed.reader->candles("BTCUSDT", "1m", candles, at(kNow)), Freshness::missing,
        Reason::never_seen);
}

TEST_CASE("without a segment everything is down") {
  const SegmentName name;
  Reader reader{name.str()};
  check(reader.ticker("BTCUSDT"), Freshness::down, Reason::no_segment);
  std::array<Order, 4> orders;
  check(reader.orders(orders), Freshness::down, Reason::no_segment);
  check(reader.portfolio(), Freshness::down, Reason::no_segment);
  Status status;
  reader.status(status);
  CHECK(status.feed == Freshness::down);
  CHECK(status.reason == Reason::no_segment);
  Ticker ticker;
  CHECK_FALSE(reader.last("BTCUSDT", ticker));
  CHECK(reader.symbol_count() == 0);
  CHECK_FALSE(reader.key_matches(""));
}

TEST_CASE("the heartbeat may be as old as the liveness timeout and a second in the future") {
  for (const std::int64_t timeout : {2 * kSecond, 7 * kSecond}) {
    JudgedFeed feed(30 * kSecond, timeout);
    check(feed.ticker(at(kNow + timeout)), Freshness::live, Reason::none);
    check(feed.ticker(at(kNow + timeout + 1)), Freshness::down, Reason::heartbeat_lost);
    CHECK(feed.ticker(at(kNow + timeout + 1)).has_value);
    CHECK(feed.ticker(at(kNow + timeout + 1)).age_ns == timeout + 1);

    feed.beat(kNow + 5 * kSecond);
    check(feed.ticker(at(kNow + 4 * kSecond)), Freshness::live, Reason::none);
    check(feed.ticker(at(kNow + 4 * kSecond - 1)), Freshness::down, Reason::heartbeat_lost);
  }
}

TEST_CASE("a record from more than a second in the future is down") {
  JudgedFeed feed;
  feed.tick(kNow + 3 * kSecond);
  feed.beat(kNow + 2 * kSecond);
  check(feed.ticker(at(kNow + 2 * kSecond)), Freshness::live, Reason::none);
  CHECK(feed.ticker(at(kNow + 2 * kSecond)).age_ns == 0);
  check(feed.ticker(at(kNow + 2 * kSecond - 1)), Freshness::down, Reason::heartbeat_lost);
}

TEST_CASE("a daemon that says it has gone is down at once") {
  struct Case {
    RunState state;
    Reason reason;
  };
  for (const Case& c :
       {Case{RunState::stopped, Reason::stopped}, Case{RunState::auth_failed, Reason::auth_failed},
        Case{RunState::superseded, Reason::superseded}}) {
    JudgedFeed feed;
    feed.writer->stop(c.state, kNow);
    const Result<Ticker> result = feed.ticker(at(kNow));
    check(result, Freshness::down, c.reason);
    CHECK(result.has_value);
    CHECK(is_whole(result.value));
    Status status;
    feed.reader->status(status);
    CHECK(status.run_state == c.state);
    CHECK(status.reason == c.reason);
    CHECK(status.connections[0].state == ConnectionState::closed);
  }
}

TEST_CASE("a value is stale while its connection is not up and until it has ticked again") {
  JudgedFeed feed;
  for (const ConnectionState state :
       {ConnectionState::waiting, ConnectionState::connecting, ConnectionState::auth_failed,
        ConnectionState::closed, ConnectionState::unused}) {
    feed.writer->set_connection(0, state, kNow);
    check(feed.ticker(at(kNow)), Freshness::stale, Reason::reconnecting);
  }
  CHECK(feed.writer->begin_epoch(0, kNow, kUnix) == 2);
  check(feed.ticker(at(kNow)), Freshness::stale, Reason::previous_epoch);
  feed.tick(kNow + 1, 0, "ETHUSDT");  // another symbol proves nothing about this one
  check(feed.ticker(at(kNow + 1)), Freshness::stale, Reason::previous_epoch);
  feed.tick(kNow + 2);
  check(feed.ticker(at(kNow + 2)), Freshness::live, Reason::none);
  CHECK(feed.ticker(at(kNow + 2)).value.epoch == 2);
}

TEST_CASE("connections have epochs of their own") {
  JudgedFeed feed;
  CHECK(feed.writer->begin_epoch(3, kNow, kUnix) == 2);
  feed.tick(kNow, 3, "ETHUSDT");
  check(feed.reader->ticker("ETHUSDT", at(kNow)), Freshness::live, Reason::none);
  feed.writer->set_connection(3, ConnectionState::waiting, kNow);
  check(feed.reader->ticker("ETHUSDT", at(kNow)), Freshness::stale, Reason::reconnecting);
  check(feed.ticker(at(kNow)), Freshness::live, Reason::none);
  CHECK(feed.writer->begin_epoch(0, kNow, kUnix) == 3);
  CHECK(feed.writer->begin_epoch(3, kNow, kUnix) == 4);
  check(feed.ticker(at(kNow)), Freshness::stale, Reason::previous_epoch);
}

TEST_CASE("ticks are silent when none of any symbol has come for longer than silence-after") {
  JudgedFeed feed(30 * kSecond);
  const std::int64_t limit = kNow + 30 * kSecond;
  feed.beat(limit);
  check(feed.ticker(at(limit)), Freshness::live, Reason::none);
  check(feed.ticker(at(limit + 1)), Freshness::stale, Reason::silent);

  // A message that is no tick proves nothing.
  feed.writer->message(0, 100, limit);
  check(feed.ticker(at(limit + 1)), Freshness::stale, Reason::silent);
  // One of another symbol does, even if it is not stored …
  feed.writer->tick_seen(0, kNow + kSecond);
  check(feed.ticker(at(limit + 1)), Freshness::live, Reason::none);
  check(feed.ticker(at(limit + kSecond)), Freshness::live, Reason::none);
  check(feed.ticker(at(limit + kSecond + 1)), Freshness::stale, Reason::silent);
  // … but not one of another connection.
  feed.writer->begin_epoch(1, limit, kUnix);
  feed.tick(limit, 1, "ETHUSDT");
  check(feed.ticker(at(limit + kSecond + 1)), Freshness::stale, Reason::silent);
}

TEST_CASE("silence-after 0 means that silence is never stale") {
  JudgedFeed feed(0);
  constexpr std::int64_t kDay = 86400 * kSecond;
  feed.beat(kNow + kDay);
  check(feed.ticker(at(kNow + kDay)), Freshness::live, Reason::none);
  feed.writer->candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(1, true), kNow);
  std::array<Candle, 4> candles;
  check(feed.reader->candles("BTCUSDT", "1m", candles, at(kNow + kDay)), Freshness::live,
        Reason::none);
}

TEST_CASE("the caller's max_age is inclusive") {
  JudgedFeed feed;
  feed.beat(kNow + kSecond);
  check(feed.ticker(at(kNow + kSecond, kSecond)), Freshness::live, Reason::none);
  check(feed.ticker(at(kNow + kSecond, kSecond - 1)), Freshness::stale, Reason::too_old);
  check(feed.ticker(at(kNow, 0)), Freshness::live, Reason::none);
  check(feed.ticker(at(kNow + 1, 0)), Freshness::stale, Reason::too_old);
}

TEST_CASE("a symbol that is no longer wanted is stale and says so until it ticks again") {
  JudgedFeed feed;
  feed.writer->unsubscribe(symbol("btcusdt"));
  const Result<Ticker> result = feed.ticker(at(kNow));
  check(result, Freshness::stale, Reason::unsubscribed);
  CHECK(result.has_value);
  CHECK(result.value.epoch == 0);
  CHECK(is_whole(result.value));
  feed.writer->unsubscribe(symbol("NOPE"));
  check(feed.reader->ticker("NOPE", at(kNow)), Freshness::missing, Reason::never_seen);
  feed.tick(kNow);
  check(feed.ticker(at(kNow)), Freshness::live, Reason::none);
}

TEST_CASE("of several reasons the first in the table is given") {
  JudgedFeed feed;
  const std::int64_t late = kNow + 60 * kSecond;
  feed.beat(late);
  check(feed.ticker(at(late, kSecond)), Freshness::stale, Reason::silent);
  feed.writer->begin_epoch(0, late, kUnix);
  check(feed.ticker(at(late, kSecond)), Freshness::stale, Reason::previous_epoch);
  feed.writer->set_connection(0, ConnectionState::waiting, late);
  check(feed.ticker(at(late, kSecond)), Freshness::stale, Reason::reconnecting);
  feed.writer->unsubscribe(symbol("BTCUSDT"));
  check(feed.ticker(at(late, kSecond)), Freshness::stale, Reason::unsubscribed);
  check(feed.ticker(at(late + 10 * kSecond, kSecond)), Freshness::down, Reason::heartbeat_lost);
  feed.writer->stop(RunState::stopped, late);
  check(feed.ticker(at(late + 10 * kSecond, kSecond)), Freshness::down, Reason::stopped);
}

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
  // One that was on its way does not make it current again; asking for it does.
  feed.writer->candle(0, btc, interval("1m"), make_candle(2, true), kNow);
  check(feed.reader->candles("BTCUSDT", "1m", candles, at(kNow)), Freshness::stale,
        Reason::unsubscribed);
  feed.writer->set_channel(ChannelKind::candles, btc, interval("1m"), 0, ChannelState::wanted, {},
                           kNow);
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
  CHECK(list().gap_since_ns == 0);
  set(ChannelKind::orders);
  set(ChannelKind::portfolio);
  check(list(), Freshness::live, Reason::none);
  check(feed.reader->portfolio(at(kNow)), Freshness::live, Reason::none);
  CHECK(list().gap_since_ns == kUnix + 2 * kSecond);
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
  std::int64_t now = boot_clock().count();  // status() reads the clock by itself
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
  writer.set_channel(ChannelKind::ticker_all, {}, {}, 0, ChannelState::acknowledged, {}, now);
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

TEST_CASE("one look at everything judges with one reading of the clock") {
  JudgedFeed feed;
  feed.tick(kNow + kSecond, 0, "ETHUSDT");
  feed.writer->unsubscribe(symbol("ETHUSDT"));
  std::array<SymbolTicker, 4> all;
  CHECK(feed.reader->snapshot(all, at(kNow + kSecond)) == 2);
  CHECK(all[0].symbol == "BTCUSDT");
  check(all[0].ticker, Freshness::live, Reason::none);
  CHECK(all[0].ticker.age_ns == kSecond);
  CHECK(all[1].symbol == "ETHUSDT");
  check(all[1].ticker, Freshness::stale, Reason::unsubscribed);
  CHECK(feed.reader->snapshot(std::span(all).first(1), at(kNow)) == 2);
  CHECK(feed.reader->symbol(1) == "ETHUSDT");
  CHECK(feed.reader->symbol(2).empty());
  CHECK(feed.reader->at(2, at(kNow)).symbol.empty());
  check(feed.reader->at(2, at(kNow)).ticker, Freshness::missing, Reason::never_seen);
  feed.beat(kNow);
  check(feed.reader->at(0, at(kNow + 2 * kSecond + 1)).ticker, Freshness::down,
        Reason::heartbeat_lost);
}
