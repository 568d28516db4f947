// Feed and a writer at full speed in another process, which is killed now and then.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>

#include "support/child.hpp"
#include "support/seed.hpp"
#include "tests/libcache/feed_rig.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

constexpr std::size_t kSymbols = 8;

std::string name_of(std::size_t i) { return "SYM" + std::to_string(i); }

/// The updates that the symbol has had in this run and those before.
std::uint64_t updates_of(const CacheWriter& writer, const SymbolText& text) {
  const SegmentView view(writer.view().base(), writer.view().header());
  const auto cell = view.find(SymbolKey::from(text.view()));
  if (!cell) return 0;
  Ticker ticker;
  std::uint64_t retries = 0;
  return view.ticker(*cell).latest(ticker, retries) == ReadResult::ok ? ticker.updates : 0;
}

struct Progress {
  std::atomic<bool> ready{false};  ///< there is a segment
  std::atomic<bool> go{false};
  std::atomic<std::uint64_t> ticks{0};
  std::atomic<bool> stop{false};
};

/// Publishes in bursts until told to stop: ticks of busy and quiet symbols, orders and candles,
/// each with the payload that follows from its number.
int write(const std::string& segment, std::uint64_t seed, Progress& progress) {
  WriterOptions with = options(segment);
  with.liveness_timeout_ns = 3600 * kSecond;
  CacheWriter writer(with, boot_now());
  writer.begin_epoch(0, boot_now(), unix_now());
  std::mt19937_64 random(seed);
  std::array<SymbolText, kSymbols> symbols;
  std::array<std::uint64_t, kSymbols> updates;
  for (std::size_t i = 0; i < kSymbols; ++i) {
    symbols[i] = symbol(name_of(i));
    updates[i] = updates_of(writer, symbols[i]);
  }
  std::uint64_t orders = writer.view().orders().head();
  const auto series = writer.view().find_series(SymbolKey::from(symbols[0].view()), interval("1m"));
  std::uint64_t candles = series ? writer.view().closed_candles(*series).head() : 0;
  progress.ready.store(true);
  if (!soon([&] { return progress.go.load(); })) return 1;
  while (!progress.stop.load()) {
    for (std::uint64_t burst = random() % 2000; burst > 0; --burst) {
      const std::size_t i = std::min({random() % kSymbols, random() % kSymbols, random() % 64});
      writer.ticker(0, symbols[i], make_ticker(++updates[i]), boot_now());
      progress.ticks.fetch_add(1);
    }
    writer.order(0, make_order(++orders), boot_now());
    if (orders % 2 == 0) {
      writer.candle(0, symbols[0], interval("1m"), make_candle(++candles, true), boot_now());
    }
    writer.flush();
    if (random() % 4 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 500));
  }
  writer.stop(RunState::stopped, boot_now());
  return 0;
}

/// Whether numbers follow on each other, with what is said to be missing.
struct Sequence {
  std::uint64_t last = 0;
  bool begun = false;

  bool follows(std::uint64_t number, std::uint64_t missed) {
    const bool right = !begun || number == last + missed + 1;
    begun = true;
    last = number;
    return right;
  }
};

/// A feed that checks all it gets.
struct Checking {
  explicit Checking(const std::string& segment) : feed(segment) {
    feed.on_ticker("all", [this](const Tick& tick) {
      ++all;
      lost += tick.missed;
      check(is_whole(tick), "torn");
    });
    feed.on_ticker(
        "all", [this](const Tick& tick) { check(tick, latest); }, Delivery::latest);
    for (std::size_t i = 0; i < kSymbols; ++i) {
      feed.on_ticker(name_of(i), [this](const Tick& tick) { check(tick, every); });
    }
    feed.on_order_update([this](const OrderUpdate& update) {
      check(is_whole(update.order) &&
                update.position == static_cast<std::uint64_t>(update.order.filled_at_ns) &&
                orders.follows(update.position, update.missed),
            "order " + std::to_string(update.position));
    });
    feed.on_candles(name_of(0), "1m", [this](const ClosedCandle& candle) {
      check(is_whole(candle.candle) && candles.follows(number_of(candle.candle), candle.missed),
            "candle " + std::to_string(number_of(candle.candle)));
    });
    feed.on_gap([this](const FeedGap& gap) { ++gaps[static_cast<std::size_t>(gap.cause)]; });
  }

  void check(bool right, const std::string& what) {
    if (!right) wrong.push_back(what);
  }
  void check(const Tick& tick, std::map<std::string, Sequence>& sequences) {
    Sequence& sequence = sequences[std::string(tick.symbol.view())];
    const std::uint64_t before = sequence.last;
    check(is_whole(tick) && sequence.follows(tick.ticker.updates, tick.missed),
          std::string(tick.symbol.view()) + " " + std::to_string(tick.ticker.updates) + " missed " +
              std::to_string(tick.missed) + " after " + std::to_string(before));
  }

  std::uint64_t all = 0;
  std::uint64_t lost = 0;
  std::vector<std::string> wrong;
  std::map<std::string, Sequence> every, latest;
  Sequence orders, candles;
  std::array<std::uint64_t, 4> gaps{};
  Feed feed;
};

}  // namespace

TEST_CASE(
    "fault 42: a writer at full speed in another process: each tick once, in order, or counted") {
  const SegmentName name;
  Shared<Progress> progress;
  Child child([&] { return write(name, seed_or(1), *progress); });
  REQUIRE(soon([&] { return progress->ready.load(); }));
  Checking checking(name.str());
  progress->go.store(true);
  CHECK(soon([&] {
    checking.feed.poll();
    checking.feed.wait(std::chrono::milliseconds(1));
    return checking.all > 200'000 && checking.gaps[static_cast<int>(GapCause::lapped)] > 3;
  }));
  CHECK(progress->ticks.load() > 0);
  progress->stop.store(true);
  CHECK(child.wait() == 0);
  CHECK(checking.feed.run() == FeedEnd::stopped);

  CHECK(checking.wrong == Lines{});
  CHECK(checking.all + checking.lost == progress->ticks.load());
  Reader reader{name.str()};
  for (std::size_t i = 0; i < kSymbols; ++i) {
    const std::uint64_t updates = reader.ticker(name_of(i)).value.updates;
    CHECK(checking.every[name_of(i)].last == updates);
    CHECK(checking.latest[name_of(i)].last == updates);
  }
}

TEST_CASE("fault 34: a writer that is killed at any moment, and its successors") {
  const SegmentName name;
  const std::uint64_t seed = seed_or(7);
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Checking checking(name.str());
  Shared<Progress> progress;
  progress->go.store(true);
  constexpr std::uint64_t kRuns = 8;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    Child child([&] { return write(name, seed + run, *progress); });
    const std::uint64_t enough = checking.all + 2000 + random() % 20'000;
    REQUIRE(soon([&] {
      checking.feed.poll();
      return checking.all >= enough;
    }));
    if (run + 1 < kRuns) {
      child.kill_and_wait();
    } else {
      progress->stop.store(true);
      CHECK(child.wait() == 0);
    }
  }
  CHECK(checking.feed.run() == FeedEnd::stopped);
  CHECK(checking.wrong == Lines{});
  // Of ticks, orders and candles.
  CHECK(checking.gaps[static_cast<int>(GapCause::restarted)] == 3 * (kRuns - 1));
  Reader reader{name.str()};
  for (std::size_t i = 0; i < kSymbols; ++i) {
    const std::uint64_t updates = reader.ticker(name_of(i)).value.updates;
    CHECK(checking.every[name_of(i)].last == updates);
    CHECK(checking.latest[name_of(i)].last == updates);
  }
}
