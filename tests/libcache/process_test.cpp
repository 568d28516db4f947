// Writers and readers in processes of their own: at full speed, killed, stopped and replaced.
#include <doctest/doctest.h>
#include <time.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/child.hpp"
#include "support/seed.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tests/libcache/payload.hpp"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

constexpr std::uint32_t kSymbols = 4;
constexpr std::int64_t kDay = 86400 * kSecond;

std::string symbol_name(std::uint64_t n) { return "SYM" + std::to_string(n) + "USDT"; }

/// What a writer process tells of itself.
struct Progress {
  std::atomic<std::uint64_t> rounds{0};  ///< of this process; told after the records are published
  std::atomic<std::uint64_t> number{0};  ///< of the round told, over all processes
  std::atomic<bool> stop{false};
};

/// Where a writer that takes over goes on: behind the last tick that was carried over.
std::uint64_t next_number(const CacheWriter& writer) {
  std::uint64_t last = 0;
  const WritableSegmentView& view = writer.view();
  for (std::uint32_t i = 0; i < view.symbol_count(); ++i) {
    Ticker ticker;
    std::uint64_t retries = 0;
    if (view.ticker(i).latest(ticker, retries) == ReadResult::ok) {
      last = std::max(last, ticker.updates);
    }
  }
  return last + 1;
}

/// Writes at full speed until it is told to stop. Round n stores tick n of every symbol, order n,
/// candle n and snapshot n.
int write_at_full_speed(const WriterOptions& options, Progress& progress) {
  CacheWriter writer(options, boot_now());
  std::vector<SymbolText> symbols;
  for (std::uint32_t i = 0; i < kSymbols; ++i) symbols.push_back(symbol(symbol_name(i)));
  const IntervalText minute = interval("1m");
  std::uint64_t n = next_number(writer);
  writer.begin_epoch(0, boot_now(), unix_now());
  for (std::uint64_t round = 1; !progress.stop.load(std::memory_order_relaxed); ++round, ++n) {
    const std::int64_t now = boot_now();
    writer.beat(now);
    for (const SymbolText& name : symbols) {
      // A kill between two symbols leaves this one ahead; the number follows from its own count.
      Ticker last;
      std::uint64_t retries = 0;
      const auto cell = writer.view().find(SymbolKey::from(name.view()));
      const bool known =
          cell && writer.view().ticker(*cell).latest(last, retries) == ReadResult::ok;
      writer.ticker(0, name, make_ticker(known ? last.updates + 1 : 1), now);
    }
    if (round % 8 == 0) {
      writer.order(0, make_order(n), now);
      writer.candle(0, symbols[0], minute, make_candle(n, false), now);
      writer.candle(0, symbols[0], minute, make_candle(n, true), now);
      writer.portfolio(0, make_portfolio(n), now);
    }
    writer.flush();
    progress.number.store(n, std::memory_order_release);
    progress.rounds.store(round, std::memory_order_release);
  }
  writer.stop(RunState::stopped, boot_now());
  return 0;
}

/// What a reader process counted.
struct Counts {
  std::atomic<std::uint64_t> reads{0};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> changes{0};
  std::atomic<std::uint64_t> live{0};
  std::atomic<std::uint64_t> retries{0};
  std::atomic<std::uint64_t> busy{0};
  std::atomic<std::uint64_t> instances{0};
  std::atomic<bool> stop{false};
};

/// Reads everything through a Reader, and checks that it is whole and never goes back in time.
class Reading {
 public:
  Reading(const std::string& segment, Counts& counts) : reader_(segment), counts_(counts) {
    for (std::uint32_t i = 0; i < kSymbols; ++i) {
      handles_.push_back(reader_.handle(symbol_name(i)));
      last_.push_back(0);
    }
  }

  void tickers(std::uint64_t count) {
    std::uint64_t live = 0;
    std::uint64_t changes = 0;
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t s = i % kSymbols;
      const Result<Ticker> result = reader_.ticker(handles_[s]);
      if (!result.has_value) continue;
      if (result.live()) ++live;
      const std::uint64_t updates = result.value.updates;
      if (!is_whole(result.value) || updates < last_[s]) ++wrong;
      if (updates != last_[s]) ++changes;
      last_[s] = updates;
    }
    counts_.reads += count;
    counts_.live += live;
    counts_.changes += changes;
    add_wrong(wrong);
  }

  void lists() {
    std::array<Order, 100> orders;
    const ListResult result = reader_.orders(orders);
    std::uint64_t previous = 0;
    for (std::size_t i = 0; i < result.count; ++i) {
      const auto number = static_cast<std::uint64_t>(orders[i].filled_at_ns);
      if (!is_whole(orders[i]) || number <= previous) add_wrong(1);
      previous = number;
    }
    std::array<Candle, 50> candles;
    const ListResult series = reader_.candles("sym0usdt", "1m", candles);
    for (std::size_t i = 0; i < series.count; ++i) {
      if (!is_whole(candles[i])) add_wrong(1);
      if (i > 0 && candles[i].open_time_ns <= candles[i - 1].open_time_ns) add_wrong(1);
    }
    const Result<Portfolio> portfolio = reader_.portfolio();
    if (portfolio.has_value && !is_whole(portfolio.value)) add_wrong(1);
    counts_.reads += result.count + series.count + 1;
  }

  void status() {
    Status status;
    reader_.status(status);
    if (status.instance != instance_) ++counts_.instances;
    instance_ = status.instance;
    counts_.retries = reader_.retries();
    counts_.busy = reader_.busy();
  }

 private:
  void add_wrong(std::uint64_t count) { counts_.wrong += count; }

  Reader reader_;
  Counts& counts_;
  std::vector<SymbolHandle> handles_;
  std::vector<std::uint64_t> last_;
  std::uint64_t instance_ = 0;
};

void sleep_us(std::uint64_t microseconds) {
  const timespec time{0, static_cast<long>(microseconds * 1000)};
  nanosleep(&time, nullptr);
}

}  // namespace

TEST_CASE("ten million reads from two processes while a third writes: none torn") {
  const SegmentName name;
  Shared<Progress> progress;
  Shared<std::array<Counts, 2>> counts;
  constexpr std::uint64_t kReads = 5'000'000;
  constexpr std::uint64_t kChanges = 2000;

  Child writer([&] { return write_at_full_speed(options(name), *progress); });
  REQUIRE(soon([&] { return progress->rounds.load() > 0; }));
  const std::uint64_t before = progress->rounds.load();
  {
    std::vector<std::unique_ptr<Child>> readers;
    for (Counts& mine : *counts) {
      readers.push_back(std::make_unique<Child>([&] {
        Reading reading(name, mine);
        // On a busy machine a reader may have to wait its turn to meet the writer at work.
        while (mine.reads < kReads || mine.changes < kChanges) {
          reading.tickers(1000);
          if (mine.reads % 20'000 < 1000) reading.lists();
        }
        reading.status();
        return 0;
      }));
    }
    for (auto& reader : readers) CHECK(reader->wait() == 0);
  }
  const std::uint64_t rounds = progress->rounds.load() - before;
  progress->stop = true;
  CHECK(writer.wait() == 0);

  CHECK(rounds > 1000);
  std::uint64_t reads = 0;
  for (const Counts& mine : *counts) {
    MESSAGE(mine.reads.load() << " reads, " << mine.changes.load()
                              << " of another tick than before, " << mine.retries.load()
                              << " retries, " << mine.busy.load() << " given up");
    reads += mine.reads;
    CHECK(mine.wrong.load() == 0);
    CHECK(mine.busy.load() == 0);
    CHECK(mine.changes.load() >= kChanges);  // they did read while it wrote
    CHECK(mine.live.load() > kReads / 2);
  }
  MESSAGE(rounds << " rounds of " << kSymbols << " ticks written meanwhile");
  CHECK(reads >= 10'000'000);
}

TEST_CASE(
    "fault 34: kill -9 at any instant leaves the last good values and readers find the next "
    "writer") {
  const SegmentName name;
  Shared<Progress> progress;
  Shared<Counts> counts;
  const std::uint64_t seed = seed_or(4242);
  INFO("TICKCACHE_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  constexpr int kKills = 60;

  // A reader in a process of its own goes on through all of it, with the same handles.
  Child bystander([&] {
    Reading reading(name, *counts);
    while (!counts->stop) {
      reading.tickers(2000);
      reading.lists();
      reading.status();
    }
    return 0;
  });
  Reader reader{name.str()};
  std::vector<SymbolHandle> handles;
  for (std::uint32_t i = 0; i < kSymbols; ++i) handles.push_back(reader.handle(symbol_name(i)));

  for (int kill = 0; kill < kKills; ++kill) {
    CAPTURE(kill);
    progress->rounds = 0;
    Child writer([&] { return write_at_full_speed(options(name), *progress); });
    REQUIRE(soon([&] { return progress->rounds.load() > 0; }));
    // By itself, handle and all.
    REQUIRE(soon([&] { return reader.ticker(handles[0]).live(); }));
    sleep_us(random() % 3000);
    CHECK(writer.kill_and_wait() == -SIGKILL);

    const std::uint64_t published = progress->rounds.load();
    CHECK(published > 0);
    std::uint64_t retries = reader.retries();
    for (SymbolHandle& handle : handles) {
      const Result<Ticker> result = reader.ticker(handle);
      REQUIRE(result.has_value);
      CHECK(is_whole(result.value));
      CHECK(result.value.updates >= published);
      // As nobody writes now, the first copy counts.
      CHECK(reader.retries() == retries);
      // Alive for all that can be known at this moment, and down once it has missed its beats.
      Query later;
      later.now = BootClock::now() + std::chrono::seconds(3);
      const Result<Ticker> judged = reader.ticker(handle, later);
      CHECK(judged.freshness == Freshness::down);
      CHECK(judged.reason == Reason::heartbeat_lost);
      CHECK(judged.value.updates == result.value.updates);
    }
    std::array<Order, 100> orders;
    const ListResult list = reader.orders(orders);
    for (std::size_t i = 0; i < list.count; ++i) CHECK(is_whole(orders[i]));
  }
  counts->stop = true;
  CHECK(bystander.wait() == 0);
  MESSAGE(kKills << " kills; the bystander made " << counts->reads << " reads in "
                 << counts->instances << " segments, " << counts->retries << " retries");
  CHECK(counts->wrong.load() == 0);
  CHECK(counts->busy.load() == 0);
  CHECK(counts->instances.load() > 10);
}

TEST_CASE(
    "fault 35: a stopped writer: reads stay bounded and are down after the liveness timeout") {
  const SegmentName name;
  Shared<Progress> progress;
  const std::uint64_t seed = seed_or(99);
  INFO("TICKCACHE_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  WriterOptions patient = options(name);
  patient.liveness_timeout_ns = 60 * kSecond;  // the machine may be busy: time is injected
  Child writer([&] { return write_at_full_speed(patient, *progress); });
  REQUIRE(soon([&] { return progress->rounds.load() > 0; }));

  Reader reader{name.str()};
  SymbolHandle handle = reader.handle("SYM0USDT");
  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    sleep_us(random() % 1000);
    writer.stop();
    const Result<Ticker> first = reader.ticker(handle);
    CHECK(first.live());
    const std::uint64_t retries = reader.retries();
    for (int i = 0; i < 1000; ++i) {
      const Result<Ticker> again = reader.ticker(handle);
      REQUIRE(again.has_value);
      CHECK(again.value.updates == first.value.updates);
    }
    CHECK(is_whole(first.value));
    CHECK(reader.retries() == retries);

    Status status;
    reader.status(status);
    const std::int64_t heartbeat = status.now_ns - status.heartbeat_age_ns;
    Query query;
    query.now = boot_time(heartbeat + patient.liveness_timeout_ns);
    CHECK(reader.ticker(handle, query).reason != Reason::heartbeat_lost);
    query.now += std::chrono::nanoseconds(1);
    CHECK(reader.ticker(handle, query).freshness == Freshness::down);
    CHECK(reader.ticker(handle, query).reason == Reason::heartbeat_lost);

    const std::uint64_t stopped_at = progress->rounds.load();
    writer.signal(SIGCONT);
    REQUIRE(soon([&] { return progress->rounds.load() > stopped_at + 1; }));
    CHECK(reader.ticker(handle).live());
    CHECK(reader.ticker(handle).value.updates > first.value.updates);
  }
  progress->stop = true;
  CHECK(writer.wait() == 0);
  CHECK(reader.ticker(handle).reason == Reason::stopped);
}

TEST_CASE("a reader goes on through a restart, its handles included") {
  const SegmentName name;
  Reader reader{name.str()};
  SymbolHandle kept = reader.handle("btcusdt");
  SymbolHandle fresh = reader.handle("ethusdt");
  CHECK(reader.ticker(kept).freshness == Freshness::down);
  CHECK(reader.ticker(kept).reason == Reason::no_segment);
  CHECK(reader.error() == OpenError::missing);

  Shared<std::atomic<int>> stage;
  const auto at_stage = [&](int wanted) { return [&, wanted] { return stage->load() >= wanted; }; };
  {
    Child first([&] {
      CacheWriter writer(options(name), boot_now());
      writer.begin_epoch(0, boot_now(), unix_now());
      // Too old for the second run to keep, so that the cells behind it move.
      writer.ticker(0, symbol("DOGEUSDT"), make_ticker(1), boot_now() - 2 * kDay);
      writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), boot_now());
      writer.ticker(0, symbol("BTCUSDT"), make_ticker(2), boot_now());
      *stage = 1;
      for (;;) writer.beat(boot_now());
      return 0;
    });
    REQUIRE(soon(at_stage(1)));
    REQUIRE(soon([&] { return reader.ticker(kept).live(); }));
    CHECK(reader.error() == OpenError::none);
    CHECK(reader.ticker(kept).value.updates == 2);
    CHECK(reader.ticker(fresh).freshness == Freshness::missing);
    first.kill_and_wait();
  }
  Child second([&] {
    WriterOptions other = options(name);
    other.capacities = {128, 2048};
    CacheWriter writer(other, boot_now());
    const auto wait_for = [&](int wanted) {
      while (stage->load() < wanted) writer.beat(boot_now());
    };
    *stage = 2;
    wait_for(3);
    writer.begin_epoch(0, boot_now(), unix_now());
    *stage = 4;
    wait_for(5);
    writer.ticker(0, symbol("ETHUSDT"), make_ticker(1), boot_now());
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(3), boot_now());
    *stage = 6;
    wait_for(7);
    return 0;
  });
  REQUIRE(soon(at_stage(2)));
  REQUIRE(soon([&] { return reader.ticker(kept).freshness == Freshness::stale; }));
  CHECK(reader.ticker(kept).reason == Reason::reconnecting);
  CHECK(reader.ticker(kept).value.updates == 2);
  CHECK(reader.ticker(kept).value.epoch == 0);
  *stage = 3;
  REQUIRE(soon(at_stage(4)));
  CHECK(reader.ticker(kept).reason == Reason::previous_epoch);
  *stage = 5;
  REQUIRE(soon(at_stage(6)));
  CHECK(reader.ticker(kept).live());
  CHECK(reader.ticker(kept).value.updates == 3);
  CHECK(is_whole(reader.ticker(kept).value));
  CHECK(reader.ticker(fresh).live());
  CHECK(reader.ticker("dogeusdt").freshness == Freshness::missing);
  *stage = 7;
  CHECK(second.wait() == 0);
}

TEST_CASE("fault 36: a second writer is refused, names the first and leaves it alone") {
  const SegmentName name;
  Shared<Progress> progress;
  Child first([&] { return write_at_full_speed(options(name), *progress); });
  REQUIRE(soon([&] { return progress->rounds.load() > 0; }));
  Reader reader{name.str()};
  Status before;
  reader.status(before);
  CHECK(before.writer_pid == static_cast<std::uint32_t>(first.pid()));

  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      const CacheWriter second(options(name), boot_now());
      FAIL("two writers on one segment");
    } catch (const WriterError& error) {
      CHECK(error.code() == WriterError::Code::in_use);
      const std::string what = error.what();
      INFO(what);
      CHECK(what.find("process " + std::to_string(first.pid()) + ":") != std::string::npos);
      CHECK(what.find(name.str()) != std::string::npos);
    }
  }
  const std::uint64_t rounds = progress->rounds.load();
  CHECK(soon([&] { return progress->rounds.load() > rounds + 10; }));
  Status after;
  reader.status(after);
  CHECK(after.instance == before.instance);
  CHECK(after.run_state == RunState::running);
  Reader late{name.str()};
  Status seen;
  late.status(seen);
  CHECK(seen.instance == before.instance);  // the name leads to the same segment still
  CHECK(access(name.next_path().c_str(), F_OK) != 0);
  first.kill_and_wait();
  CHECK_NOTHROW(CacheWriter(options(name), boot_now()));
}
