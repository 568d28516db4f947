// Feed and other threads: stop() from anywhere, at any moment.
#include <doctest/doctest.h>

#include <atomic>
#include <random>
#include <thread>

#include "support/seed.hpp"
#include "tests/libcache/feed_rig.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

}  // namespace

TEST_CASE("feed: stop() of another thread ends every kind of waiting, now and later") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  SUBCASE("with a segment") { writer.emplace(options(name), boot_now()); }
  SUBCASE("without one") {}
  Feed feed(name.str());
  SUBCASE("asleep") {}
  SUBCASE("spinning") { feed.set_idle_strategy(IdleStrategy::spin); }
  SUBCASE("yielding") { feed.set_idle_strategy(IdleStrategy::yield); }
  std::atomic<bool> polled{false};
  feed.on_status([&](const FeedStatus&) { polled = true; });
  FeedEnd end = FeedEnd::stopped;
  std::thread loop([&] {
    end = feed.run();
    feed.run_forever();
    while (feed.wait() != WaitResult::stopped) feed.poll();
  });
  CHECK(soon([&] { return polled.load(); }));
  feed.stop();
  loop.join();
  CHECK(end == FeedEnd::stop);
}

TEST_CASE("feed: stop() while ticks flow and segments are exchanged") {
  std::mt19937_64 random(seed_or(1));
  std::uint64_t ticks = 0;
  for (int round = 0; round < 20; ++round) {
    Daemon daemon(64);
    Feed feed(daemon.name.str());
    feed.set_idle_strategy(static_cast<IdleStrategy>(round % 3));
    std::atomic<std::uint64_t> events{0};
    std::atomic<bool> stopped{false};
    std::atomic<std::uint64_t> after{0};
    feed.on_ticker("all", [&](const Tick&) { ++events; });
    std::thread loop([&] {
      feed.run_forever();
      after = events.load();
    });
    const std::uint64_t enough = 1 + random() % 500;
    std::thread stopper([&] {
      soon([&] { return events.load() >= enough; });
      feed.stop();
      stopped = true;
    });
    std::uint64_t n = 0;
    while (!stopped.load()) {
      for (int i = 0; i < 10; ++i) daemon.tick("BTCUSDT", ++n);
      daemon.flush();
      // Slower than the feed looks for a successor, in some rounds.
      if (round % 2 == 0 && random() % 16 == 0) {
        daemon.restart();
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120));
      }
    }
    loop.join();
    stopper.join();
    CHECK(after.load() >= enough);
    ticks += after.load();
  }
  CHECK(ticks > 0);
}

TEST_CASE("feed: a waiting feed is woken by what it asked for") {
  Daemon daemon;
  daemon.tick("BTCUSDT", 1);
  Feed feed(daemon.name.str());
  SUBCASE("asleep") {}
  SUBCASE("spinning") { feed.set_idle_strategy(IdleStrategy::spin); }
  SUBCASE("yielding") { feed.set_idle_strategy(IdleStrategy::yield); }
  std::atomic<std::uint64_t> orders{0}, ticks{0};
  feed.on_order_update([&](const OrderUpdate&) { ++orders; });
  feed.on_ticker("SOLUSDT", [&](const Tick&) { ++ticks; });
  std::thread loop([&] { feed.run_forever(); });
  for (std::uint64_t n = 1; n <= 100; ++n) {
    daemon.order(n);
    daemon.flush();
    CHECK(soon([&] { return orders.load() == n; }));
    // Its first tick comes when the feed knows no bit of the symbol yet.
    daemon.tick("SOLUSDT", n);
    daemon.flush();
    CHECK(soon([&] { return ticks.load() == n; }));
  }
  feed.stop();
  loop.join();
}
