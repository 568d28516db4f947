// Feed and other threads: stop() from anywhere, at any moment.
#include <doctest/doctest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <random>
#include <thread>

#include "libcache/feed/feed_impl.hpp"
#include "libcache/reader/reader_impl.hpp"
#include "libcache/segment/futex.hpp"
#include "support/seed.hpp"
#include "tests/libcache/feed_rig.hpp"
#include "tests/libcache/wakes.hpp"
#include "tickcache/tickcache.h"

namespace {

using namespace tickcache;
using namespace tickcache::test;

// What the handler of SIGUSR1 stops.
Feed* signalled_feed = nullptr;
tickcache_feed* signalled_c_feed = nullptr;
Reader* signalled_reader = nullptr;

/// Handles SIGUSR1 by stopping what is set above.
class StoppingSignal {
 public:
  StoppingSignal() {
    struct sigaction action {};
    action.sa_handler = [](int) {
      if (signalled_feed != nullptr) signalled_feed->stop();
      if (signalled_c_feed != nullptr) tickcache_feed_stop(signalled_c_feed);
      if (signalled_reader != nullptr) signalled_reader->stop();
    };
    action.sa_flags = SA_RESTART;
    REQUIRE(sigaction(SIGUSR1, &action, &before_) == 0);
  }
  ~StoppingSignal() {
    sigaction(SIGUSR1, &before_, nullptr);
    signalled_feed = nullptr;
    signalled_c_feed = nullptr;
    signalled_reader = nullptr;
  }
  StoppingSignal(const StoppingSignal&) = delete;
  StoppingSignal& operator=(const StoppingSignal&) = delete;

 private:
  struct sigaction before_ {};
};

/// A thread that polls a feed and waits for it, and counts how often it was woken.
class FeedWaiter {
 public:
  explicit FeedWaiter(Feed& feed) : feed_(feed), thread_([this] { run(); }) {
    // Set by the thread itself.
    soon([this] { return tid_.load() != 0; });
  }
  ~FeedWaiter() {
    feed_.stop();
    thread_.join();
  }
  FeedWaiter(const FeedWaiter&) = delete;
  FeedWaiter& operator=(const FeedWaiter&) = delete;

  [[nodiscard]] std::uint64_t wakes() const { return wakes_.load(); }
  [[nodiscard]] bool asleep() const { return falls_asleep(tid_.load()); }

 private:
  void run() {
    tid_ = own_tid();
    drain(feed_);
    for (; feed_.wait() == WaitResult::changed; ++wakes_) drain(feed_);
  }

  Feed& feed_;
  std::atomic<int> tid_{0};
  std::atomic<std::uint64_t> wakes_{0};
  std::thread thread_;
};

/// Takes the wake word away from the kernel, as if the segment were unmapped.
void hide(const layout::WakeWord& word) {
  const auto size = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(&word);
  REQUIRE(mprotect(reinterpret_cast<void*>(address / size * size), size, PROT_NONE) == 0);
  errno = 0;
  futex_wake(word, ~0U);
  REQUIRE(errno == EFAULT);
}

/// Runs loop() in a thread, and signals that thread once ready() is true.
template <class Loop, class Ready>
void stop_by_signal(Loop&& loop, Ready&& ready) {
  const StoppingSignal signal;
  std::thread thread(loop);
  CHECK(soon(ready));
  CHECK(pthread_kill(thread.native_handle(), SIGUSR1) == 0);
  thread.join();
}

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

TEST_CASE("feed: a waiting feed sleeps through what was removed") {
  Daemon daemon;
  std::uint64_t n = 1;
  daemon.tick("BTCUSDT", n);
  daemon.tick("ETHUSDT", n);
  daemon.candle("BTCUSDT", n);
  daemon.flush();
  Feed feed(daemon.name.str());
  FeedLog log;
  feed.on_ticker("ETHUSDT", log.writes());
  for (const HandlerId id :
       {feed.on_ticker("all", log.writes()), feed.on_ticker("all", log.writes(), Delivery::latest),
        feed.on_ticker("BTCUSDT", log.writes()), feed.on_candles("BTCUSDT", "1m", log.writes()),
        feed.on_order_update(log.writes()), feed.on_portfolio(log.writes())}) {
    CHECK(feed.remove(id));
  }
  const auto flushed = [&](auto&& store) {
    return [&, store] {
      store(++n);
      daemon.flush();
    };
  };
  {
    FeedWaiter waiter(feed);
    CHECK(wakes_of(waiter, flushed([&](auto i) { daemon.tick("BTCUSDT", i); })) < kFew);
    CHECK(wakes_of(waiter, flushed([&](auto i) { daemon.candle("BTCUSDT", i); })) < kFew);
    CHECK(wakes_of(waiter, flushed([&](auto i) { daemon.order(i); })) < kFew);
    CHECK(wakes_of(waiter, flushed([&](auto i) { daemon.portfolio(i); })) < kFew);
    CHECK(wakes_of(waiter, flushed([&](auto i) { daemon.tick("ETHUSDT", i); })) > kMost);
  }
  CHECK(std::all_of(log.lines.begin(), log.lines.end(),
                    [](const std::string& line) { return line.starts_with("ETHUSDT "); }));
}

TEST_CASE("feed: a signal handler may stop the run that it interrupts") {
  std::optional<Daemon> daemon;
  const SegmentName none;
  SUBCASE("with a segment") { daemon.emplace(); }
  SUBCASE("without one") {}
  Feed feed(daemon ? daemon->name.str() : none.str());
  SUBCASE("asleep") {}
  SUBCASE("spinning") { feed.set_idle_strategy(IdleStrategy::spin); }
  std::atomic<bool> polled{false};
  feed.on_status([&](const FeedStatus&) { polled = true; });
  FeedEnd end = FeedEnd::stopped;
  signalled_feed = &feed;
  stop_by_signal([&] { end = feed.run(); }, [&] { return polled.load(); });
  CHECK(end == FeedEnd::stop);
}

TEST_CASE("C: a signal handler may stop the run that it interrupts") {
  Daemon daemon;
  tickcache_feed* feed = nullptr;
  REQUIRE(tickcache_feed_open(daemon.name.str().c_str(), &feed, nullptr, 0) == TICKCACHE_OK);
  std::atomic<bool> polled{false};
  const auto note = [](const tickcache_event*, void* user) {
    static_cast<std::atomic<bool>*>(user)->store(true);
  };
  REQUIRE(tickcache_feed_on_status(feed, note, &polled) > 0);
  int end = 0;
  signalled_c_feed = feed;
  stop_by_signal([&] { end = tickcache_feed_run(feed); }, [&] { return polled.load(); });
  CHECK(end == TICKCACHE_END_STOP);
  tickcache_feed_close(feed);
}

TEST_CASE("a signal handler may stop the wait that it interrupts") {
  Daemon daemon;
  Reader reader(daemon.name.str());
  std::atomic<bool> waiting{false};
  WaitResult result = WaitResult::timeout;
  signalled_reader = &reader;
  stop_by_signal(
      [&] {
        const std::uint32_t seen = reader.wake_word();
        waiting = true;
        result = reader.wait(seen, Topics::ticks(), std::chrono::hours(1));
      },
      [&] { return waiting.load(); });
  CHECK(result == WaitResult::stopped);
}

TEST_CASE("stop() leaves errno alone, even if there is nobody left to wake") {
  const Daemon daemon;
  Reader reader(daemon.name.str());
  hide(reader.impl().attachment.view().status().wake);
  errno = ENOTTY;
  reader.stop();
  CHECK(errno == ENOTTY);
  Feed feed(daemon.name.str());
  hide(feed.impl().cursor.attachment().view().status().wake);
  errno = ENOTTY;
  feed.stop();
  CHECK(errno == ENOTTY);
}

// The handler interrupts handlers, polls and the exchange of segments: a lock of theirs would be
// its end.
TEST_CASE("feed: a signal handler may stop a feed at any moment") {
  std::mt19937_64 random(seed_or(2));
  for (int round = 0; round < 20; ++round) {
    Daemon daemon(64);
    Feed feed(daemon.name.str());
    std::atomic<std::uint64_t> events{0};
    feed.on_ticker("all", [&](const Tick&) { ++events; });
    const std::uint64_t enough = 1 + random() % 200;
    signalled_feed = &feed;
    std::uint64_t n = 0;
    stop_by_signal([&] { feed.run_forever(); },
                   [&] {
                     if (++n % 50 == 0) daemon.restart();
                     daemon.tick("BTCUSDT", n);
                     daemon.flush();
                     return events.load() >= enough;
                   });
    CHECK(feed.wait() == WaitResult::stopped);
  }
}
