// What a lookup costs, and what the rivals' cost, each in a loop over all symbols in a random
// order. Expects a segment that bench_writer publishes (TICKCACHE_SEGMENT), and for Redis the
// socket that BENCH_REDIS names; without that, Redis is left out.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bench/end_to_end/tick_frames.hpp"
#include "bench/lookups/raw_cells.hpp"
#include "bench/rivals/lmdb_cache.hpp"
#include "bench/rivals/locked_map.hpp"
#include "bench/rivals/one_copy_seqlock.hpp"
#include "bench/rivals/redis.hpp"
#include "bench/support/clock.hpp"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::bench;

constexpr int kAll = 700;
constexpr int kBatch = 100;

/// The symbols 0 to `count` - 1 in an order that no prefetcher guesses.
class Order {
 public:
  explicit Order(std::size_t count) : indices_(count) {
    std::iota(indices_.begin(), indices_.end(), 0U);
    std::shuffle(indices_.begin(), indices_.end(), std::mt19937(1));
    for (std::size_t i = 0; i < count; ++i) names_.push_back(symbol_name(i));
  }

  std::size_t next() noexcept {
    if (++at_ >= indices_.size()) at_ = 0;
    return indices_[at_];
  }
  const std::string& next_name() noexcept { return names_[next()]; }
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<std::uint32_t> indices_;
  std::vector<std::string> names_;
  std::size_t at_ = 0;
};

std::size_t symbols_of(const benchmark::State& state) {
  return static_cast<std::size_t>(state.range(0));
}

std::vector<SymbolHandle> handles_of(const Reader& reader, const Order& order) {
  std::vector<SymbolHandle> handles;
  for (const std::string& name : order.names()) handles.push_back(reader.handle(name));
  return handles;
}

Ticker some_ticker() {
  Ticker ticker;
  ticker.set_price({6452130000000, 8, {}});
  return ticker;
}

/// The lookups of a loop may overlap in the processor. Those of "one_by_one" may not: which symbol
/// is next depends (in a way that changes nothing) on the price that was read, as in a program that
/// decides by it.
enum class Pace { overlapping, one_by_one };

volatile std::size_t zero = 0;

template <Pace kPace>
std::size_t next_after(Order& order, std::int64_t price, std::size_t mask) noexcept {
  const std::size_t next = order.next();
  return kPace == Pace::one_by_one ? next + (static_cast<std::size_t>(price) & mask) : next;
}

template <Pace kPace>
void plain_copy(benchmark::State& state) {
  const RawCells cells(Reader().segment());
  Order order(symbols_of(state));
  const std::size_t mask = zero;
  std::int64_t price = 0;
  for (auto _ : state) {
    std::int64_t value[6];
    std::memcpy(value, cells.value(next_after<kPace>(order, price, mask)), sizeof value);
    benchmark::DoNotOptimize(value);
    price = value[0];
  }
}

void clock_read(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(bench::boot_now());
}

template <Pace kPace>
void value_by_handle(benchmark::State& state) {
  Reader reader;
  Order order(symbols_of(state));
  auto handles = handles_of(reader, order);
  const std::size_t mask = zero;
  Ticker ticker;
  for (auto _ : state) {
    SymbolHandle& handle = handles[next_after<kPace>(order, ticker.price_mantissa, mask)];
    if (!reader.last(handle, ticker)) state.SkipWithError("no such symbol");
    benchmark::DoNotOptimize(ticker);
  }
}

/// What an age needs at least: the value, then the clock.
void value_and_clock(benchmark::State& state) {
  Reader reader;
  Order order(symbols_of(state));
  auto handles = handles_of(reader, order);
  const std::size_t mask = zero;
  Ticker ticker;
  for (auto _ : state) {
    SymbolHandle& handle =
        handles[next_after<Pace::one_by_one>(order, ticker.price_mantissa, mask)];
    if (!reader.last(handle, ticker)) state.SkipWithError("no such symbol");
    benchmark::DoNotOptimize(ticker);
    benchmark::DoNotOptimize(bench::boot_now());
  }
}

template <Pace kPace>
void judged_by_handle(benchmark::State& state) {
  Reader reader;
  Order order(symbols_of(state));
  auto handles = handles_of(reader, order);
  const std::size_t mask = zero;
  std::int64_t price = 0;
  for (auto _ : state) {
    const Result<Ticker> result = reader.ticker(handles[next_after<kPace>(order, price, mask)]);
    if (!result.live()) state.SkipWithError("not live");
    benchmark::DoNotOptimize(result);
    price = result.value.price_mantissa;
  }
}

void value_by_symbol(benchmark::State& state) {
  Reader reader;
  Order order(symbols_of(state));
  Ticker ticker;
  for (auto _ : state) {
    if (!reader.last(order.next_name(), ticker)) state.SkipWithError("no such symbol");
    benchmark::DoNotOptimize(ticker);
  }
}

void judged_by_symbol(benchmark::State& state) {
  Reader reader;
  Order order(symbols_of(state));
  for (auto _ : state) {
    const Result<Ticker> result = reader.ticker(order.next_name());
    if (!result.live()) state.SkipWithError("not live");
    benchmark::DoNotOptimize(result);
  }
}

/// A strategy's symbols at once: each alone without a judgement, or all with one.
void value_batch(benchmark::State& state) {
  Reader reader;
  auto handles = handles_of(reader, Order(symbols_of(state)));
  std::vector<Ticker> out(handles.size());
  for (auto _ : state) {
    for (std::size_t i = 0; i < handles.size(); ++i) {
      if (!reader.last(handles[i], out[i])) state.SkipWithError("no such symbol");
    }
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

void judged_batch(benchmark::State& state) {
  Reader reader;
  auto handles = handles_of(reader, Order(symbols_of(state)));
  std::vector<Result<Decimal>> out(handles.size());
  for (auto _ : state) {
    reader.prices(handles, out);
    if (!out.back().live()) state.SkipWithError("not live");
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
}

void snapshot(benchmark::State& state) {
  Reader reader;
  std::vector<SymbolTicker> all(kAll);
  for (auto _ : state) {
    if (reader.snapshot(all) < kAll) state.SkipWithError("not all symbols");
    benchmark::DoNotOptimize(all.data());
  }
}

void attach(benchmark::State& state) {
  const std::string name = symbol_name(0);
  Ticker ticker;
  for (auto _ : state) {
    Reader reader;
    if (!reader.last(name, ticker)) state.SkipWithError("no such symbol");
  }
}

// --- The rivals, each with a copy of its own

void map_find(benchmark::State& state) {
  LockedMap map;
  Order order(symbols_of(state));
  for (const std::string& name : order.names()) map.set(name, some_ticker());
  for (auto _ : state) benchmark::DoNotOptimize(map.map().find(order.next_name()));
}

/// With the thread that fills the map, without which there would be no need for a mutex (and
/// glibc's takes a short cut in a process that has one thread only). It writes a thousand times a
/// second.
void locked_map(benchmark::State& state) {
  LockedMap map;
  Order order(symbols_of(state));
  for (const std::string& name : order.names()) map.set(name, some_ticker());
  std::atomic<bool> done{false};
  std::thread feed([&, names = order.names()] {
    for (std::size_t i = 0; !done.load(std::memory_order_relaxed); ++i) {
      map.set(names[i % names.size()], some_ticker());
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  Ticker ticker;
  for (auto _ : state) {
    if (!map.get(order.next_name(), ticker)) state.SkipWithError("no such symbol");
    benchmark::DoNotOptimize(ticker);
  }
  done.store(true, std::memory_order_relaxed);
  feed.join();
}

void one_copy_seqlock(benchmark::State& state) {
  Order order(symbols_of(state));
  std::vector<OneCopySeqlock<Ticker>> cells(symbols_of(state));
  for (auto& cell : cells) cell.store(some_ticker());
  Ticker ticker;
  for (auto _ : state) {
    cells[order.next()].load(ticker);
    benchmark::DoNotOptimize(ticker);
  }
}

void lmdb_get(benchmark::State& state) {
  LmdbCache cache("/dev/shm");
  Order order(symbols_of(state));
  for (const std::string& name : order.names()) cache.set(name, some_ticker());
  Ticker ticker;
  for (auto _ : state) {
    if (!cache.get(order.next_name(), ticker)) state.SkipWithError("no such symbol");
    benchmark::DoNotOptimize(ticker);
  }
}

void redis_get(benchmark::State& state) {
  Redis redis(std::getenv("BENCH_REDIS"));
  Order order(symbols_of(state));
  const Ticker ticker = some_ticker();
  for (const std::string& name : order.names()) redis.set(name, &ticker, sizeof ticker);
  for (auto _ : state) benchmark::DoNotOptimize(redis.get(order.next_name())->len);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark("clock_read", clock_read);
  benchmark::RegisterBenchmark("snapshot", snapshot);
  benchmark::RegisterBenchmark("attach", attach);
  const auto with_all = [](const char* name, void (*function)(benchmark::State&)) {
    benchmark::RegisterBenchmark(name, function)->Arg(kAll);
  };
  with_all("plain_copy", plain_copy<Pace::overlapping>);
  with_all("plain_copy_one_by_one", plain_copy<Pace::one_by_one>);
  with_all("value_by_handle_one_by_one", value_by_handle<Pace::one_by_one>);
  with_all("value_and_clock_one_by_one", value_and_clock);
  with_all("judged_by_handle", judged_by_handle<Pace::overlapping>);
  with_all("judged_by_handle_one_by_one", judged_by_handle<Pace::one_by_one>);
  with_all("judged_by_symbol", judged_by_symbol);
  with_all("one_copy_seqlock", one_copy_seqlock);
  with_all("map_find", map_find);
  with_all("locked_map", locked_map);
  with_all("lmdb_get", lmdb_get);
  benchmark::RegisterBenchmark("value_batch", value_batch)->Arg(kBatch);
  benchmark::RegisterBenchmark("judged_batch", judged_batch)->Arg(kBatch);
  if (std::getenv("BENCH_REDIS") != nullptr) with_all("redis_get", redis_get);
  for (const int symbols : {10, 100, 700, 4096, 20'000, 100'000}) {
    if (symbols != kAll) {  // see above
      benchmark::RegisterBenchmark("map_find", map_find)->Arg(symbols);
      benchmark::RegisterBenchmark("locked_map", locked_map)->Arg(symbols);
    }
    benchmark::RegisterBenchmark("value_by_handle", value_by_handle<Pace::overlapping>)
        ->Arg(symbols);
    benchmark::RegisterBenchmark("value_by_symbol", value_by_symbol)->Arg(symbols);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
