// Feed: handlers that throw, ask for more, and stop.
#include <doctest/doctest.h>

#include <stdexcept>

#include "tests/libcache/feed_rig.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

void throw_at(const Tick& tick, std::uint64_t updates) {
  if (tick.ticker.updates == updates) throw std::runtime_error("at " + std::to_string(updates));
}

}  // namespace

TEST_CASE("feed: an exception in one handler keeps the event from none of the others") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog before, after, own;
  feed.on_ticker("all", before.writes());
  feed.on_ticker("all", [](const Tick& tick) { throw_at(tick, 2); });
  feed.on_ticker("all", [](const Tick& tick) {
    if (tick.ticker.updates == 2) throw std::logic_error("another");
  });
  feed.on_ticker("all", after.writes());
  feed.on_ticker("BTCUSDT", own.writes());
  for (std::uint64_t n = 1; n <= 3; ++n) daemon.tick("BTCUSDT", n);

  SUBCASE("it leaves poll(), and the next call goes on behind it") {
    CHECK_THROWS_WITH_AS(feed.poll(), "at 2", std::runtime_error);
    CHECK(own.lines == Lines{"BTCUSDT 1", "BTCUSDT 2"});
    CHECK(feed.poll() == 1);
  }
  SUBCASE("it goes to on_error") {
    std::vector<std::string> errors;
    feed.on_error([&](std::exception_ptr error) {
      try {
        std::rethrow_exception(error);
      } catch (const std::exception& told) {
        errors.emplace_back(told.what());
      }
    });
    CHECK(feed.poll() == 3);
    CHECK(errors == std::vector<std::string>{"at 2", "another"});
  }
  SUBCASE("it leaves run()") {
    daemon.stop();
    CHECK_THROWS_AS(feed.run(), std::runtime_error);
    CHECK(feed.run() == FeedEnd::stopped);
  }
  const Lines all = {"BTCUSDT 1", "BTCUSDT 2", "BTCUSDT 3"};
  CHECK(before.take() == all);
  CHECK(after.take() == all);
  CHECK(own.take() == all);
}

TEST_CASE("feed: an exception from on_error itself leaves poll()") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("all", [](const Tick& tick) { throw_at(tick, 1); });
  feed.on_ticker("all", log.writes());
  feed.on_error([](std::exception_ptr error) { std::rethrow_exception(error); });
  daemon.tick("BTCUSDT", 1);
  daemon.tick("BTCUSDT", 2);
  CHECK_THROWS_AS(feed.poll(), std::runtime_error);
  CHECK(feed.poll() == 1);
  CHECK(log.take() == Lines{"BTCUSDT 1", "BTCUSDT 2"});
}

TEST_CASE("feed: a gap's handlers may throw, and the tick behind it still comes") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("all", log.writes());
  feed.on_gap([](const FeedGap&) { throw std::runtime_error("gap"); });
  daemon.reconnect();
  daemon.tick("BTCUSDT", 2);
  CHECK_THROWS_WITH_AS(feed.poll(), "gap", std::runtime_error);
  CHECK(feed.poll() == 1);
  CHECK(log.take() == Lines{"BTCUSDT 2"});
}

TEST_CASE("feed: handlers may ask for more, which holds from the next event on") {
  Daemon daemon;
  daemon.tick("ETHUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog more;
  int asked = 0;
  feed.on_ticker("BTCUSDT", [&](const Tick&) {
    if (asked++ > 0) return;
    // Enough to make any container of handlers move.
    for (int i = 0; i < 100; ++i) feed.on_ticker("BTCUSDT", [](const Tick&) {});
    feed.on_ticker("BTCUSDT", more.writes());
    feed.on_ticker("ETHUSDT", more.writes());
    feed.on_ticker("all", more.writes(), Delivery::latest);
    feed.on_order_update(more.writes());
    feed.on_candles("BTCUSDT", "1m", more.writes());
  });
  daemon.tick("BTCUSDT", 1);
  drain(feed);
  CHECK(asked == 1);
  CHECK(more.take().empty());
  daemon.order(1);
  daemon.candle("BTCUSDT", 1);
  daemon.tick("BTCUSDT", 2);
  daemon.tick("ETHUSDT", 2);
  drain(feed);
  CHECK(more.take() == Lines{"order 1 at 1", "candle BTCUSDT 1m 1", "BTCUSDT 2", "ETHUSDT 2",
                             "BTCUSDT 2", "ETHUSDT 2"});  // every tick, then the latest
}

TEST_CASE("feed: stop() from a handler ends run() behind that event") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("all", log.writes());
  feed.on_ticker("all", [&](const Tick& tick) {
    if (tick.ticker.updates == 2) feed.stop();
  });
  for (std::uint64_t n = 1; n <= 3; ++n) daemon.tick("BTCUSDT", n);
  SUBCASE("run") { CHECK(feed.run() == FeedEnd::stop); }
  SUBCASE("run_forever") { feed.run_forever(); }
  CHECK(log.take() == Lines{"BTCUSDT 1", "BTCUSDT 2"});
  CHECK(feed.run() == FeedEnd::stop);
  CHECK(feed.wait() == WaitResult::stopped);
  CHECK(log.take().empty());
  CHECK(feed.poll() == 1);  // of those who poll, nothing is kept back
}

TEST_CASE("feed: poll() and run() from a handler do nothing") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("all", [&](const Tick&) {
    CHECK(feed.poll() == 0);
    CHECK(feed.run() == FeedEnd::stop);
    feed.run_forever();
  });
  feed.on_ticker("all", log.writes());
  daemon.tick("BTCUSDT", 1);
  daemon.tick("BTCUSDT", 2);
  CHECK(feed.poll() == 2);
  CHECK(log.take() == Lines{"BTCUSDT 1", "BTCUSDT 2"});
}

TEST_CASE("feed: a feed can be moved") {
  Daemon daemon;
  Feed first(daemon.name.str());
  FeedLog log;
  first.on_ticker("all", log.writes());
  Feed second = std::move(first);
  CHECK(second.segment() == daemon.name.str());
  daemon.tick("BTCUSDT", 1);
  CHECK(second.poll() == 1);
  CHECK(log.take() == Lines{"BTCUSDT 1"});
}

TEST_CASE("feed: a wait ends for what was asked for, and for what is still there") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  daemon.tick("ETHUSDT", 1);
  daemon.flush();
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("BTCUSDT", log.writes());
  feed.on_order_update(log.writes());
  drain(feed);
  constexpr std::chrono::milliseconds kShort{20};
  CHECK(feed.wait(kShort) == WaitResult::timeout);
  CHECK(feed.wait(std::chrono::nanoseconds(0)) == WaitResult::timeout);
  CHECK(feed.wait(std::chrono::nanoseconds(-1)) == WaitResult::timeout);
  daemon.tick("BTCUSDT", 2);
  daemon.flush();
  CHECK(feed.wait(kPatience) == WaitResult::changed);
  CHECK(drain(feed) == 1);
  CHECK(feed.wait(kShort) == WaitResult::timeout);

  // What has been read but not given yet is not slept through.
  feed.on_ticker("all", [](const Tick&) { throw std::runtime_error("one by one"); });
  for (std::uint64_t n = 3; n <= 5; ++n) daemon.tick("BTCUSDT", n);
  daemon.flush();
  for (int i = 0; i < 3; ++i) {
    CHECK(feed.wait(kPatience) == WaitResult::changed);
    CHECK_THROWS(feed.poll());
  }
}

TEST_CASE("feed: a segment that cannot be used is refused") {
  CHECK_THROWS_AS(Feed("not/a/name"), SegmentError);
  const SegmentName none;
  CHECK_NOTHROW(Feed(none.str()));
}
