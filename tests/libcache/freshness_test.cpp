// "Can I trust this price?": every answer, its reason and the exact boundaries, with the time
// given.
#include <doctest/doctest.h>

#include <array>

#include "libcache/reader/judge.hpp"
#include "tests/libcache/judged_feed.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;
using std::chrono::nanoseconds;
using std::chrono::seconds;

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
  feed.writer->set_wanted(symbol("btcusdt"), false);
  const Result<Ticker> result = feed.ticker(at(kNow));
  check(result, Freshness::stale, Reason::unsubscribed);
  CHECK(result.has_value);
  CHECK(result.value.epoch == 0);
  CHECK(is_whole(result.value));
  feed.writer->set_wanted(symbol("NOPE"), false);
  check(feed.reader->ticker("NOPE", at(kNow)), Freshness::missing, Reason::never_seen);
  feed.tick(kNow);
  check(feed.ticker(at(kNow)), Freshness::live, Reason::none);
}

TEST_CASE("a symbol whose newest price was rejected is stale and says so until it ticks again") {
  JudgedFeed feed;
  const std::uint64_t updates = feed.ticker(at(kNow)).value.updates;
  feed.writer->reject_tick(symbol("BTCUSDT"));
  feed.writer->reject_tick(symbol("BTCUSDT"));
  const Result<Ticker> result = feed.ticker(at(kNow));
  check(result, Freshness::stale, Reason::rejected);
  CHECK(is_whole(result.value));
  CHECK(result.value.updates == updates);
  feed.writer->reject_tick(symbol("NOPE"));
  check(feed.reader->ticker("NOPE", at(kNow)), Freshness::missing, Reason::never_seen);
  feed.tick(kNow);
  check(feed.ticker(at(kNow)), Freshness::live, Reason::none);
  CHECK(feed.ticker(at(kNow)).value.not_stored == 2);
  CHECK(feed.ticker(at(kNow)).value.updates == updates + 3);
  feed.tick(kNow);
  CHECK(feed.ticker(at(kNow)).value.not_stored == 0);
}

TEST_CASE("a symbol that is wanted again is stale until it ticks, however it was on its way") {
  JudgedFeed feed;
  feed.writer->set_wanted(symbol("BTCUSDT"), false);
  feed.writer->set_wanted(symbol("BTCUSDT"), true);
  check(feed.ticker(at(kNow)), Freshness::stale, Reason::previous_epoch);
  feed.writer->ticker(0, symbol("BTCUSDT"), make_ticker(2), kNow, true);
  check(feed.ticker(at(kNow)), Freshness::stale, Reason::previous_epoch);
  feed.tick(kNow);
  check(feed.ticker(at(kNow)), Freshness::live, Reason::none);
  CHECK(feed.ticker(at(kNow)).value.not_stored == 1);
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
  feed.writer->set_wanted(symbol("BTCUSDT"), false);
  check(feed.ticker(at(late, kSecond)), Freshness::stale, Reason::unsubscribed);
  check(feed.ticker(at(late + 10 * kSecond, kSecond)), Freshness::down, Reason::heartbeat_lost);
  feed.writer->stop(RunState::stopped, late);
  check(feed.ticker(at(late + 10 * kSecond, kSecond)), Freshness::down, Reason::stopped);
}

TEST_CASE("one look at everything judges with one reading of the clock") {
  JudgedFeed feed;
  feed.tick(kNow + kSecond, 0, "ETHUSDT");
  feed.writer->set_wanted(symbol("ETHUSDT"), false);
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
