// Waiting: who is woken by what, who sleeps on, and what else ends a wait.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "libcache/segment/clock.hpp"
#include "libcache/segment/futex.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/libcache/wakes.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A thread that waits in a loop and counts how often it was woken.
class Waiter {
 public:
  using Wait = std::function<WaitResult(Reader&, std::uint32_t)>;

  Waiter(const std::string& segment, Wait wait) : reader_(segment), wait_(std::move(wait)) {
    thread_ = std::thread([this] { run(); });
    // Set by the thread itself.
    soon([this] { return tid_.load() != 0; });
  }
  ~Waiter() {
    reader_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  [[nodiscard]] std::uint64_t wakes() const { return wakes_.load(); }
  [[nodiscard]] Reader& reader() { return reader_; }

  [[nodiscard]] bool asleep() const { return falls_asleep(tid_.load()); }
  WaitResult join() {
    thread_.join();
    return last_;
  }

 private:
  void run() {
    tid_ = own_tid();
    std::uint32_t seen = reader_.wake_word();
    while ((last_ = wait_(reader_, seen)) == WaitResult::changed) {
      seen = reader_.wake_word();
      ++wakes_;
    }
  }

  Reader reader_;
  Wait wait_;
  std::atomic<int> tid_{0};
  std::atomic<std::uint64_t> wakes_{0};
  WaitResult last_ = WaitResult::changed;
  std::thread thread_;
};

Waiter::Wait on(Topics topics) {
  return
      [topics](Reader& reader, std::uint32_t seen) { return reader.wait(seen, topics, kPatience); };
}

Waiter::Wait on_symbol(const std::string& text) {
  return [handle = SymbolHandle(), text](Reader& reader, std::uint32_t seen) mutable {
    if (handle.symbol().empty()) handle = reader.handle(text);
    return reader.wait(seen, handle, kPatience);
  };
}

}  // namespace

TEST_CASE("a waiter is woken by its own topics and sleeps through the others") {
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  writer.begin_epoch(0, boot_now(), 1);
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), boot_now());
  writer.ticker(0, symbol("ETHUSDT"), make_ticker(1), boot_now());
  writer.flush();

  std::uint64_t n = 1;
  const auto flushed = [&](auto&& store) {
    return [&, store] {
      store();
      writer.flush();
    };
  };
  const auto tick = [&](const char* text) {
    return flushed([&, text] { writer.ticker(0, symbol(text), make_ticker(++n), boot_now()); });
  };
  const auto order = flushed([&] { writer.order(0, make_order(++n), boot_now()); });
  const auto portfolio = flushed([&] { writer.portfolio(0, make_portfolio(++n), boot_now()); });
  const auto candle = flushed([&] {
    writer.candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(++n, true), boot_now());
  });
  const auto connection =
      flushed([&] { writer.set_connection(1, ConnectionState::connecting, boot_now()); });

  SUBCASE("orders") {
    Waiter waiter(name, on(Topics::orders()));
    CHECK(wakes_of(waiter, tick("BTCUSDT")) < kFew);
    CHECK(wakes_of(waiter, portfolio) < kFew);
    CHECK(wakes_of(waiter, candle) < kFew);
    CHECK(wakes_of(waiter, order) > kMost);
    CHECK(wakes_of(waiter, connection) > kMost);
  }
  SUBCASE("portfolio or candles") {
    Waiter waiter(name, on(Topics::portfolio() | Topics::candles()));
    CHECK(wakes_of(waiter, order) < kFew);
    CHECK(wakes_of(waiter, tick("BTCUSDT")) < kFew);
    CHECK(wakes_of(waiter, portfolio) > kMost);
    CHECK(wakes_of(waiter, candle) > kMost);
  }
  SUBCASE("any tick") {
    Waiter waiter(name, on(Topics::ticks()));
    CHECK(wakes_of(waiter, order) < kFew);
    CHECK(wakes_of(waiter, tick("BTCUSDT")) > kMost);
    CHECK(wakes_of(waiter, tick("ETHUSDT")) > kMost);
  }
  SUBCASE("one symbol") {
    Waiter waiter(name, on_symbol("ethusdt"));
    CHECK(wakes_of(waiter, tick("BTCUSDT")) < kFew);
    CHECK(wakes_of(waiter, order) < kFew);
    CHECK(wakes_of(waiter, tick("ETHUSDT")) > kMost);
    CHECK(wakes_of(waiter, connection) > kMost);
  }
  SUBCASE("only the daemon's state") {
    Waiter waiter(name, on(Topics::status()));
    CHECK(wakes_of(waiter, tick("BTCUSDT")) < kFew);
    CHECK(wakes_of(waiter, order) < kFew);
    CHECK(wakes_of(waiter, connection) > kMost);
  }
}

TEST_CASE("a waiter for a symbol that has never ticked is woken by its first tick") {
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  writer.begin_epoch(0, boot_now(), 1);
  writer.flush();
  std::atomic<bool> seen{false};
  Waiter waiter(name, [&, handle = SymbolHandle()](Reader& reader, std::uint32_t word) mutable {
    if (handle.symbol().empty()) handle = reader.handle("SOLUSDT");
    if (reader.ticker(handle).has_value) seen = true;
    return reader.wait(word, handle, kPatience);
  });
  REQUIRE(waiter.asleep());
  writer.ticker(0, symbol("SOLUSDT"), make_ticker(1), boot_now());
  writer.flush();
  CHECK(soon([&] { return seen.load(); }));
}

TEST_CASE("what is published before the wait ends it at once") {
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  Reader reader{name.str()};
  const std::uint32_t seen = reader.wake_word();
  writer.order(0, make_order(1), boot_now());
  CHECK(writer.dirty());
  CHECK(reader.wake_word() == seen);
  writer.flush();
  CHECK_FALSE(writer.dirty());
  CHECK(reader.wake_word() == seen + 1);
  const std::int64_t begin = boot_now();
  CHECK(reader.wait(seen, Topics::orders(), kPatience) == WaitResult::changed);
  CHECK(boot_now() - begin < std::chrono::nanoseconds(kPatience).count());
  writer.flush();  // nothing new: nothing to say
  CHECK(reader.wake_word() == seen + 1);
}

TEST_CASE("a wait ends with its timeout and not before") {
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  Reader reader{name.str()};
  for (const milliseconds timeout : {milliseconds(20), milliseconds(300)}) {
    const std::int64_t begin = boot_now();
    CHECK(reader.wait(reader.wake_word(), Topics::orders(), timeout) == WaitResult::timeout);
    CHECK(boot_now() - begin >= std::chrono::nanoseconds(timeout).count());
  }
  CHECK(reader.wait(reader.wake_word(), Topics::orders(), milliseconds(0)) == WaitResult::timeout);
  CHECK(reader.wait(reader.wake_word(), Topics::orders(), milliseconds(-1)) == WaitResult::timeout);
}

TEST_CASE("stop() ends the wait of another thread and every later one") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  bool with_segment = true;
  SUBCASE("with a segment") { writer.emplace(long_lived(name), boot_now()); }
  SUBCASE("without one") { with_segment = false; }
  CAPTURE(with_segment);
  Waiter waiter(name, [](Reader& reader, std::uint32_t seen) {
    return reader.wait(seen, Topics::orders(), std::chrono::hours(24 * 365 * 290));
  });
  REQUIRE(waiter.asleep());
  waiter.reader().stop();
  CHECK(waiter.join() == WaitResult::stopped);
  CHECK(waiter.reader().wait(0, Topics::ticks(), kPatience) == WaitResult::stopped);
}

TEST_CASE("a wait ends when the daemon falls silent, when it stops and when another takes over") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  const auto waits_until = [&](Reader& reader, auto&& happen) {
    const std::uint32_t seen = reader.wake_word();
    std::thread other([&] { happen(); });
    const WaitResult result = reader.wait(seen, Topics::orders(), kPatience);
    other.join();
    return result;
  };
  SUBCASE("silent") {
    WriterOptions brief = options(name);
    brief.liveness_timeout_ns = 400'000'000;
    writer.emplace(brief, boot_now());
    Reader reader{name.str()};
    CHECK(waits_until(reader, [] {}) == WaitResult::changed);
    Status status;
    reader.status(status);
    CHECK(status.reason == Reason::heartbeat_lost);
  }
  SUBCASE("stopped") {
    writer.emplace(long_lived(name), boot_now());
    Reader reader{name.str()};
    CHECK(waits_until(reader, [&] { writer->stop(RunState::stopped, boot_now()); }) ==
          WaitResult::changed);
  }
  SUBCASE("first there is none") {
    Reader reader{name.str()};
    CHECK(waits_until(reader, [&] { writer.emplace(long_lived(name), boot_now()); }) ==
          WaitResult::changed);
    CHECK(soon([&] { return reader.symbol_count() == 0 && reader.error() == OpenError::none; }));
  }
  SUBCASE("another") {
    writer.emplace(long_lived(name), boot_now());
    writer->begin_epoch(0, boot_now(), 1);
    writer->ticker(0, symbol("BTCUSDT"), make_ticker(1), boot_now());
    Reader reader{name.str()};
    CHECK(waits_until(reader, [&] {
            writer.reset();
            writer.emplace(long_lived(name), boot_now());
          }) == WaitResult::changed);
    CHECK(reader.ticker("BTCUSDT").reason == Reason::reconnecting);
  }
}

TEST_CASE("a wait that does not sleep ends for the same reasons") {
  IdleStrategy strategy = IdleStrategy::spin;
  SUBCASE("spin") {}
  SUBCASE("yield") { strategy = IdleStrategy::yield; }
  CAPTURE(strategy);
  const SegmentName name;
  std::optional<CacheWriter> writer;
  writer.emplace(long_lived(name), boot_now());
  writer->begin_epoch(0, boot_now(), 1);
  Reader reader{name.str()};
  reader.set_idle_strategy(strategy);

  // Each tick once the one before was seen.
  std::atomic<std::uint64_t> seen_ticks{0};
  std::thread other([&] {
    for (std::uint64_t n = 1; n <= 1000; ++n) {
      writer->ticker(0, symbol("BTCUSDT"), make_ticker(n), boot_now());
      writer->flush();
      if (!soon([&] { return seen_ticks.load() == n; })) return;
    }
  });
  WaitResult result = WaitResult::changed;
  while (seen_ticks.load() < 1000 && result == WaitResult::changed) {
    const std::uint32_t word = reader.wake_word();
    const auto updates = reader.ticker("BTCUSDT").value.updates;
    seen_ticks = updates;
    if (updates < 1000) result = reader.wait(word, Topics::ticks(), kPatience);
  }
  other.join();
  CHECK(seen_ticks.load() == 1000);

  const milliseconds timeout(20);
  const std::int64_t begin = boot_now();
  CHECK(reader.wait(reader.wake_word(), Topics::ticks(), timeout) == WaitResult::timeout);
  CHECK(boot_now() - begin >= std::chrono::nanoseconds(timeout).count());

  const std::uint32_t before = reader.wake_word();
  std::thread stopping([&] { writer->stop(RunState::stopped, boot_now()); });
  CHECK(reader.wait(before, Topics::orders(), kPatience) == WaitResult::changed);
  stopping.join();
  std::thread ending([&] { reader.stop(); });
  while (result != WaitResult::stopped) {
    result = reader.wait(reader.wake_word(), Topics::orders(), kPatience);
    REQUIRE(result != WaitResult::timeout);
  }
  ending.join();
}

TEST_CASE("a wait that spins never sleeps") {
  const auto sleeps = [] {
    rusage used{};
    getrusage(RUSAGE_THREAD, &used);
    return used.ru_nvcsw;
  };
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  Reader reader{name.str()};
  const auto sleeps_of_waits = [&] {
    const long before = sleeps();
    for (int i = 0; i < 20; ++i) {
      CHECK(reader.wait(reader.wake_word(), Topics::ticks(), milliseconds(2)) ==
            WaitResult::timeout);
    }
    return sleeps() - before;
  };
  CHECK(sleeps_of_waits() >= 20);
  reader.set_idle_strategy(IdleStrategy::spin);
  CHECK(sleeps_of_waits() < 10);
  reader.set_idle_strategy(IdleStrategy::sleep);
  CHECK(sleeps_of_waits() >= 20);
}

TEST_CASE("a successor wakes whoever sleeps on the segment before it") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  writer.emplace(long_lived(name), boot_now());
  Mapping mapping;
  layout::Header header;
  REQUIRE(open_segment(name.str(), O_RDONLY, {}, mapping, header).code == OpenError::none);
  const layout::WakeWord& wake = SegmentView(mapping.base(), header).status().wake;
  const std::uint32_t seen = wake.load(std::memory_order_acquire);
  std::atomic<int> tid{0};
  std::atomic<std::int64_t> slept{0};
  std::thread sleeper([&] {
    const std::int64_t begin = boot_now();
    tid = own_tid();
    futex_wait(wake, seen, layout::kWakeOrders, 2 * std::chrono::nanoseconds(kPatience).count());
    slept = boot_now() - begin;
  });
  CHECK(soon([&] { return tid.load() != 0; }));
  CHECK(falls_asleep(tid.load()));
  writer.reset();
  writer.emplace(long_lived(name), boot_now());
  sleeper.join();
  CHECK(slept.load() < std::chrono::nanoseconds(kPatience).count());
  CHECK(wake.load(std::memory_order_acquire) == seen + 1);
}

TEST_CASE("a word taken from one segment does not look current in the next") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  writer.emplace(long_lived(name), boot_now());
  Reader reader{name.str()};
  const std::uint32_t seen = reader.wake_word();
  writer.reset();
  writer.emplace(long_lived(name), boot_now());
  CHECK(reader.ticker("BTCUSDT").freshness == Freshness::missing);  // it has gone over
  CHECK(reader.wait(seen, Topics::orders(), kPatience) == WaitResult::changed);
}

TEST_CASE("a reader of an empty segment finds the next one whatever it asks for") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  writer.emplace(long_lived(name), boot_now());
  Reader counting{name.str()};
  Reader looking{name.str()};
  std::array<SymbolTicker, 4> all;
  CHECK(counting.symbol_count() == 0);
  CHECK(looking.snapshot(all) == 0);
  writer->stop(RunState::stopped, boot_now());
  writer.reset();
  writer.emplace(long_lived(name), boot_now());
  writer->begin_epoch(0, boot_now(), 1);
  writer->ticker(0, symbol("BTCUSDT"), make_ticker(1), boot_now());
  CHECK(soon([&] { return counting.symbol_count() == 1; }));
  CHECK(soon([&] { return looking.snapshot(all) == 1; }));
  CHECK(all[0].ticker.live());
}
