// Feed: handlers that are removed.
#include <doctest/doctest.h>

#include <memory>

#include "tests/libcache/feed_rig.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

}  // namespace

TEST_CASE("feed: a removed handler receives nothing more, others do") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log, kept;
  const std::vector<HandlerId> ids = {
      feed.on_ticker({"BTCUSDT", "ETHUSDT"}, log.writes()),
      feed.on_ticker("all", log.writes()),
      feed.on_ticker("all", log.writes(), Delivery::latest),
      feed.on_candles("BTCUSDT", "1m", log.writes()),
      feed.on_order_update(log.writes()),
      feed.on_portfolio(log.writes()),
      feed.on_status(log.writes()),
      feed.on_gap(log.writes()),
  };
  feed.on_ticker("ETHUSDT", kept.writes());
  const auto publish = [&](std::uint64_t n) {
    daemon.order(n);
    daemon.portfolio(n);
    daemon.candle("BTCUSDT", n);
    daemon.tick("BTCUSDT", n);
    daemon.tick("ETHUSDT", n);
  };
  publish(1);
  drain(feed);
  CHECK(log.take().size() == 10);
  publish(2);
  for (const HandlerId id : ids) {
    CHECK(feed.remove(id));
    CHECK_FALSE(feed.remove(id));
  }
  CHECK_FALSE(feed.remove(0));
  publish(3);
  CHECK(drain(feed) == 2);  // what nobody wants is no event
  CHECK(log.take().empty());
  CHECK(kept.take() == Lines{"ETHUSDT 1", "ETHUSDT 2", "ETHUSDT 3"});
}

TEST_CASE("feed: what is requested again begins anew, and what was removed is not missed") {
  Daemon daemon(16);
  daemon.tick("BTCUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog log;
  const auto ask = [&] {
    return std::vector<HandlerId>{
        feed.on_ticker("all", log.writes()), feed.on_ticker("BTCUSDT", log.writes()),
        feed.on_ticker("BTCUSDT", log.writes(), Delivery::latest),
        feed.on_candles("BTCUSDT", "1m", log.writes()), feed.on_order_update(log.writes())};
  };
  for (const HandlerId id : ask()) feed.remove(id);
  feed.on_gap(log.writes());
  daemon.order(1);
  daemon.candle("BTCUSDT", 1);
  for (std::uint64_t n = 2; n <= 100; ++n) daemon.tick("BTCUSDT", n);
  CHECK(drain(feed) == 0);
  ask();
  daemon.order(2);
  daemon.candle("BTCUSDT", 2);
  daemon.tick("BTCUSDT", 101);
  drain(feed);
  CHECK(log.take() ==
        Lines{"order 2 at 2", "candle BTCUSDT 1m 2", "BTCUSDT 101", "BTCUSDT 101", "BTCUSDT 101"});
  CHECK(feed.missed() == 0);
}

TEST_CASE("feed: a handler may remove itself and others") {
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log;
  HandlerId own = 0;
  HandlerId other = 0;
  auto alive = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = alive;
  own = feed.on_ticker("all", [&, kept = std::move(alive)](const Tick& tick) {
    CHECK(feed.remove(own));
    CHECK_FALSE(feed.remove(own));
    CHECK(feed.remove(other));
    CHECK(*kept == 1);  // still there while it runs
    log.add(tick);
  });
  other = feed.on_ticker("all", log.writes());  // not even for the present event
  feed.on_ticker("BTCUSDT", log.writes());
  daemon.tick("BTCUSDT", 1);
  daemon.tick("BTCUSDT", 2);
  drain(feed);
  CHECK(watched.expired());
  CHECK(log.take() == Lines{"BTCUSDT 1", "BTCUSDT 1", "BTCUSDT 2"});
}

TEST_CASE("feed: what a removed handler captured may remove others as it is destroyed") {
  struct Remover {
    explicit Remover(Feed& of) : feed(of) {}
    ~Remover() { feed.remove(id); }
    Remover(const Remover&) = delete;
    Remover& operator=(const Remover&) = delete;
    Feed& feed;
    HandlerId id = 0;
  };
  Daemon daemon;
  Feed feed(daemon.name.str());
  FeedLog log, kept;
  // Each owns what removes the next.
  std::vector<HandlerId> ids;
  Remover* last = nullptr;
  for (int i = 0; i < 4; ++i) {
    auto owned = std::make_shared<Remover>(feed);
    Remover* const remover = owned.get();
    ids.push_back(feed.on_ticker(
        "all", [&log, owned = std::move(owned)](const Tick& tick) { log.add(tick); }));
    if (last != nullptr) last->id = ids.back();
    last = remover;
  }
  feed.on_ticker("all", kept.writes());
  SUBCASE("between events") { CHECK(feed.remove(ids[0])); }
  SUBCASE("in a handler") {
    feed.on_order_update([&](const OrderUpdate&) { CHECK(feed.remove(ids[0])); });
    daemon.order(1);
    CHECK(drain(feed) == 1);
  }
  daemon.tick("BTCUSDT", 1);
  daemon.tick("BTCUSDT", 2);
  drain(feed);
  CHECK(log.take().empty());
  CHECK(kept.take() == Lines{"BTCUSDT 1", "BTCUSDT 2"});
  for (const HandlerId id : ids) CHECK_FALSE(feed.remove(id));
}

TEST_CASE("feed: a gap's handler may remove the one that the record behind it is for") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog log;
  const HandlerId ticks = feed.on_ticker("all", log.writes());
  feed.on_gap([&](const FeedGap& gap) {
    log.add(gap);
    feed.remove(ticks);
  });
  daemon.reconnect();
  daemon.tick("BTCUSDT", 2);
  CHECK(drain(feed) == 1);
  CHECK(log.take() == Lines{"gap all_tickers reconnected"});
}

TEST_CASE("feed: removing takes the present values that were not delivered yet with it") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  daemon.tick("ETHUSDT", 1);
  Feed feed(daemon.name.str());
  FeedLog log;
  HandlerId id = 0;
  id = feed.on_ticker(
      "all",
      [&](const Tick& tick) {
        log.add(tick);
        feed.remove(id);
      },
      Delivery::every, Begin::present);
  CHECK(drain(feed) == 1);
  CHECK(log.take() == Lines{"BTCUSDT 1"});
}
