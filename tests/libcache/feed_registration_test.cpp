// Feed: several symbols at once, present values first, poll(max).
#include <doctest/doctest.h>
#include <unistd.h>

#include <stdexcept>

#include "libcache/segment/segment_file.hpp"
#include "tests/libcache/feed_rig.hpp"
#include "tickcache/tickcache.h"

namespace {

using namespace tickcache;
using namespace tickcache::test;

/// FeedLog's handler, which also tells present values.
auto writes_present(FeedLog& log) {
  return [&log](const Tick& tick) {
    log.add(tick);
    if (tick.present) log.lines.back() += " present";
  };
}

auto writes_price(Lines& to) {
  return [&to](const Tick& tick) {
    to.push_back(tick.ticker.price().str() + (tick.ticker.is_overtaken() ? " overtaken" : "") +
                 (tick.present ? " present" : ""));
  };
}

/// Snapshots are stored for a subscription to them.
void acknowledge(Daemon& daemon) {
  daemon.writer->set_channel(ChannelKind::all_tickers, {}, {}, 0, ChannelState::acknowledged, {},
                             boot_now());
}

/// As if its daemon had never been started: nothing can be carried over.
void remove_segment(Daemon& daemon) {
  daemon.kill();
  REQUIRE(unlink(segment_path(daemon.name.str()).c_str()) == 0);
}

constexpr Delivery kBoth[] = {Delivery::every, Delivery::latest};

}  // namespace

TEST_CASE("feed: one handler for several symbols") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  int calls = 0;
  feed.on_ticker({"btcusdt", "ETHUSDT", "BTCUSDT"}, [&, own = 0](const Tick& tick) mutable {
    calls = ++own;  // what a handler keeps is not one for each symbol
    log.add(tick);
  });
  daemon.tick("BTCUSDT", 1);
  daemon.tick("SOLUSDT", 1);
  daemon.tick("ETHUSDT", 1);
  CHECK(feed.poll() == 2);
  CHECK(log.take() == Lines{"BTCUSDT 1", "ETHUSDT 1"});
  CHECK(calls == 2);

  const std::vector<std::string_view> none;
  feed.on_ticker(none, log.writes());
  const std::vector<std::string_view> with_all = {"BTCUSDT", "all"};
  feed.on_ticker(with_all, log.writes());
  daemon.tick("SOLUSDT", 2);
  daemon.tick("BTCUSDT", 2);
  drain(feed);
  CHECK(log.take() == Lines{"SOLUSDT 2", "BTCUSDT 2", "BTCUSDT 2"});
}

TEST_CASE("feed: of a list with an invalid symbol, none is registered") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  CHECK_THROWS_AS(feed.on_ticker({"BTCUSDT", ""}, log.writes()), std::invalid_argument);
  daemon.tick("BTCUSDT", 1);
  CHECK(drain(feed) == 0);
}

TEST_CASE("feed: present values first, then what follows them, each once") {
  for (const Delivery delivery : kBoth) {
    Daemon daemon;
    daemon.tick("BTCUSDT", 1);
    daemon.tick("BTCUSDT", 2);
    daemon.tick("ETHUSDT", 1);
    Feed feed(daemon.name.str());
    FeedLog log;
    feed.on_ticker({"ETHUSDT", "BTCUSDT", "NEWUSDT"}, writes_present(log), delivery,
                   Begin::present);
    daemon.tick("BTCUSDT", 3);
    daemon.tick("NEWUSDT", 1);
    CHECK(feed.wait() == WaitResult::changed);
    drain(feed);
    CHECK(log.take() == Lines{"ETHUSDT 1 present", "BTCUSDT 2 present", "BTCUSDT 3", "NEWUSDT 1"});
  }
}

TEST_CASE("feed: the present values of all symbols") {
  for (const Delivery delivery : kBoth) {
    Daemon daemon;
    daemon.tick("BTCUSDT", 1);
    daemon.tick("ETHUSDT", 1);
    Feed feed(daemon.name.str());
    FeedLog log;
    feed.on_ticker("all", writes_present(log), delivery, Begin::present);
    daemon.tick("ETHUSDT", 2);
    drain(feed);
    CHECK(log.take() == Lines{"BTCUSDT 1 present", "ETHUSDT 1 present", "ETHUSDT 2"});
  }
}

TEST_CASE("feed: present values are not repeated by ticks that earlier handlers still wait for") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog before, symbol, all;
  feed.on_ticker("all", before.writes());
  feed.on_ticker("BTCUSDT", before.writes());
  daemon.tick("BTCUSDT", 1);
  daemon.tick("BTCUSDT", 2);
  feed.on_ticker("BTCUSDT", writes_present(symbol), Delivery::every, Begin::present);
  feed.on_ticker("all", writes_present(all), Delivery::every, Begin::present);
  daemon.tick("BTCUSDT", 3);
  drain(feed);
  CHECK(before.take() ==
        Lines{"BTCUSDT 1", "BTCUSDT 1", "BTCUSDT 2", "BTCUSDT 2", "BTCUSDT 3", "BTCUSDT 3"});
  CHECK(symbol.take() == Lines{"BTCUSDT 2 present", "BTCUSDT 3"});
  CHECK(all.take() == Lines{"BTCUSDT 2 present", "BTCUSDT 3"});
}

TEST_CASE("feed: a snapshot as the present value comes once") {
  Daemon daemon;
  acknowledge(daemon);
  Feed feed(daemon.name.str());
  FeedLog before, log;
  feed.on_ticker("all", before.writes());
  daemon.tick("BTCUSDT", 1);
  const auto snapshot = [&](const char* price) {
    const std::int64_t asked = boot_now();
    REQUIRE(daemon.writer->snapshot(symbol("BTCUSDT"), {*Decimal::parse(price), 0, 0, asked},
                                    asked + 1000));
  };
  snapshot("2.5");
  Lines seen;
  feed.on_ticker("BTCUSDT", writes_price(seen), Delivery::every, Begin::present);
  snapshot("3.5");
  drain(feed);
  CHECK(seen == Lines{"2.5 present", "3.5"});
  CHECK(before.lines.size() == 3);
}

TEST_CASE("feed: a tick that a snapshot had overtaken does not follow it as the present value") {
  Daemon daemon;
  acknowledge(daemon);
  Feed feed(daemon.name.str());
  FeedLog before;
  feed.on_ticker("all", before.writes());
  daemon.tick("BTCUSDT", 1);
  const std::int64_t asked = boot_now();
  // Its ticks may be older than it for a while after the answer: here, as long as the test takes.
  REQUIRE(daemon.writer->snapshot(symbol("BTCUSDT"), {*Decimal::parse("2.5"), 0, 0, asked},
                                  asked + 3600 * kSecond));
  daemon.tick("BTCUSDT", 2);
  Lines symbol_seen, all_seen;
  feed.on_ticker("BTCUSDT", writes_price(symbol_seen), Delivery::every, Begin::present);
  feed.on_ticker("all", writes_price(all_seen), Delivery::every, Begin::present);
  daemon.writer->ticker(0, symbol("BTCUSDT"), make_ticker(3), boot_now() + 1);
  drain(feed);
  const Lines wanted = {"2.5 present", make_ticker(3).price().str() + " overtaken"};
  CHECK(symbol_seen == wanted);
  CHECK(all_seen == wanted);
  CHECK(before.lines.size() == 4);
}

TEST_CASE("feed: after a restart, ticks of a handler that began with present values count anew") {
  Daemon daemon;
  for (std::uint64_t n = 1; n <= 3; ++n) daemon.tick("BTCUSDT", n);
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("BTCUSDT", writes_present(log), Delivery::every, Begin::present);
  drain(feed);
  daemon.stop();
  remove_segment(daemon);
  daemon.start();
  daemon.tick("BTCUSDT", 1);
  CHECK(comes(feed, log, "BTCUSDT 1"));
}

TEST_CASE("feed: present values requested in a handler come before the next event") {
  Daemon daemon;
  daemon.tick("ETHUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog log;
  bool is_first = true;
  feed.on_ticker("BTCUSDT", [&](const Tick& tick) {
    log.add(tick);
    if (std::exchange(is_first, false))
      feed.on_ticker("ETHUSDT", writes_present(log), Delivery::every, Begin::present);
  });
  daemon.tick("BTCUSDT", 1);
  daemon.tick("BTCUSDT", 2);
  drain(feed);
  CHECK(log.take() == Lines{"BTCUSDT 1", "ETHUSDT 1 present", "BTCUSDT 2"});
}

TEST_CASE("feed: without a segment a handler begins with the first tick") {
  for (const Delivery delivery : kBoth) {
    Daemon daemon;
    remove_segment(daemon);
    Feed feed(daemon.name.str());
    FeedLog log;
    feed.on_ticker("all", writes_present(log), delivery, Begin::present);
    feed.on_ticker("BTCUSDT", writes_present(log), delivery, Begin::present);
    CHECK(feed.poll() == 0);
    CHECK(feed.wait(std::chrono::nanoseconds(0)) == WaitResult::timeout);
    daemon.start();
    daemon.tick("BTCUSDT", 1);
    CHECK(comes(feed, log, "BTCUSDT 1"));
    drain(feed);
    CHECK(log.take() == Lines{"BTCUSDT 1", "BTCUSDT 1"});
  }
}

TEST_CASE("feed: a wait does not sleep while present values are to be delivered") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  daemon.flush();
  Feed feed(daemon.name.str());
  FeedLog log;
  const auto request = [&] {
    feed.on_ticker("BTCUSDT", writes_present(log), Delivery::every, Begin::present);
  };
  const auto look = [&] { return feed.wait(std::chrono::nanoseconds(0)); };
  drain(feed);
  REQUIRE(look() == WaitResult::timeout);
  request();
  CHECK(look() == WaitResult::changed);
  drain(feed);
  CHECK(log.take() == Lines{"BTCUSDT 1 present"});
  CHECK(look() == WaitResult::timeout);
  request();
  feed.stop();
  CHECK(look() == WaitResult::stopped);
}

TEST_CASE("feed: poll(max) delivers no more, and the rest later") {
  Daemon daemon;
  daemon.tick("ETHUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker({"BTCUSDT", "ETHUSDT"}, writes_present(log), Delivery::every, Begin::present);
  for (std::uint64_t n = 1; n <= 4; ++n) daemon.tick("BTCUSDT", n);
  CHECK(feed.poll(0) == 0);
  CHECK(feed.poll(1) == 1);
  CHECK(log.take() == Lines{"ETHUSDT 1 present"});
  CHECK(feed.poll(3) == 3);
  CHECK(log.take() == Lines{"BTCUSDT 1", "BTCUSDT 2", "BTCUSDT 3"});
  CHECK(feed.wait() == WaitResult::changed);
  CHECK(feed.poll(3) == 1);
  CHECK(log.take() == Lines{"BTCUSDT 4"});
}

TEST_CASE("C: events one by one begin with the present values, and end with their registration") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  tickcache_feed* feed = nullptr;
  REQUIRE(tickcache_feed_open(daemon.name.str().c_str(), &feed, nullptr, 0) == TICKCACHE_OK);
  const char* const symbols[] = {"BTCUSDT", "ethusdt"};
  const auto request = [&](int delivery, int begin) {
    return tickcache_feed_on_tickers(feed, symbols, 2, delivery, begin, nullptr, nullptr);
  };
  CHECK(request(TICKCACHE_EVERY, 2) == -1);
  CHECK(request(2, TICKCACHE_BEGIN_PRESENT) == -1);
  const char* const invalid[] = {"BTCUSDT", nullptr};
  CHECK(tickcache_feed_on_tickers(feed, invalid, 2, TICKCACHE_EVERY, TICKCACHE_BEGIN_NEXT, nullptr,
                                  nullptr) == -1);
  const std::int64_t order = tickcache_feed_on_order_update(feed, nullptr, nullptr);
  CHECK(tickcache_feed_on_ticker(feed, "SOLUSDT", TICKCACHE_EVERY, nullptr, nullptr) > 0);
  daemon.tick("BTCUSDT", 2);
  daemon.order(1);
  const std::int64_t id = request(TICKCACHE_EVERY, TICKCACHE_BEGIN_PRESENT);
  CHECK(id > order);
  daemon.tick("BTCUSDT", 3);
  daemon.tick("ETHUSDT", 1);
  CHECK(tickcache_feed_remove(feed, order) == 0);
  CHECK(tickcache_feed_remove(feed, order) == -1);
  CHECK(tickcache_feed_remove(feed, -1) == -1);

  struct Expected {
    const char* symbol;
    std::uint64_t updates;
    int present;
  };
  tickcache_event event{};
  for (const Expected& expected :
       {Expected{"BTCUSDT", 2, 1}, Expected{"BTCUSDT", 3, 0}, Expected{"ETHUSDT", 1, 0}}) {
    REQUIRE(tickcache_feed_next(feed, &event) == 1);
    REQUIRE(event.kind == TICKCACHE_EVENT_TICK);
    CHECK(event.symbol == std::string_view(expected.symbol));
    CHECK(event.ticker.updates == expected.updates);
    CHECK(event.present == expected.present);
    CHECK(event.missed == 0);
  }
  CHECK(tickcache_feed_next(feed, &event) == 0);
  CHECK(tickcache_feed_remove(feed, id) == 0);
  daemon.tick("BTCUSDT", 4);
  CHECK(tickcache_feed_next(feed, &event) == 0);
  tickcache_feed_close(feed);
}

TEST_CASE("C: a run ends with the daemon, and a poll after as many events as it may deliver") {
  Daemon daemon;
  tickcache_feed* feed = nullptr;
  REQUIRE(tickcache_feed_open(daemon.name.str().c_str(), &feed, nullptr, 0) == TICKCACHE_OK);
  int events = 0;
  const auto count = [](const tickcache_event*, void* user) { ++*static_cast<int*>(user); };
  CHECK(tickcache_feed_on_ticker(feed, "all", TICKCACHE_EVERY, count, &events) > 0);
  for (std::uint64_t n = 1; n <= 3; ++n) daemon.tick("BTCUSDT", n);
  CHECK(tickcache_feed_poll(feed, 2) == 2);
  CHECK(events == 2);
  daemon.stop();
  CHECK(tickcache_feed_run(feed) == TICKCACHE_END_STOPPED);
  CHECK(events == 3);
  tickcache_feed_stop(feed);
  CHECK(tickcache_feed_run(feed) == TICKCACHE_END_STOP);
  tickcache_feed_close(feed);
}
