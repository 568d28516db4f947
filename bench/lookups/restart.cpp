// How long after a restarted daemon's first tick a reader sees it that had the old segment open:
// one that looks up all the time, and one that sleeps until there is something new. Usage:
// bench_restart SEGMENT ROUNDS LOOKING_CPU WRITER_CPU. Prints JSON.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "bench/support/clock.hpp"
#include "bench/support/histogram.hpp"
#include "bench/support/process.hpp"
#include "libcache/writer/writer.hpp"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::bench;

std::unique_ptr<CacheWriter> start_writer(const std::string& segment) {
  WriterOptions options;
  options.segment = segment;
  options.url = "ws://127.0.0.1/ws/v1";
  options.version = "bench";
  const std::int64_t now = bench::boot_now();
  auto writer = std::make_unique<CacheWriter>(options, now);
  writer->begin_epoch(0, now, now);
  writer->beat(now);
  return writer;
}

void write_tick(CacheWriter& writer, std::int64_t price) {
  SymbolText symbol;
  symbol.assign("BTCUSDT");
  Ticker ticker;
  ticker.set_price({price, 0, {}});
  writer.ticker(0, symbol, ticker, bench::boot_now());
  writer.flush();
}

/// Notes when it sees a price for the first time.
class Seen {
 public:
  /// The thread that looks: by `wait`, or by looking up again and again.
  void look(const std::string& segment, bool wait, int cpu) {
    pin_to(cpu);
    Reader reader(segment);
    while (!done.load(std::memory_order_relaxed)) {
      const std::uint32_t word = reader.wake_word();
      const Result<Ticker> btc = reader.ticker("BTCUSDT");
      if (btc.live() && btc.value.price_mantissa != price.load(std::memory_order_relaxed)) {
        time.store(bench::boot_now(), std::memory_order_relaxed);
        // Pairs with the writer's load: the time is there.
        price.store(btc.value.price_mantissa, std::memory_order_release);
      }
      if (wait) reader.wait(word, Topics::ticks(), std::chrono::milliseconds(100));
    }
  }

  std::atomic<bool> done{false};
  std::atomic<std::int64_t> price{0};
  std::atomic<std::int64_t> time{0};
};

Histogram measure(const std::string& segment, bool wait, int rounds, int looking_cpu) {
  Histogram latencies;
  auto writer = start_writer(segment);
  Seen seen;
  std::thread looking([&] { seen.look(segment, wait, looking_cpu); });
  for (std::int64_t price = 1; price <= rounds + 1; ++price) {
    if (price > 1) {
      writer->stop(RunState::stopped, bench::boot_now());
      writer.reset();
      sleep_until(bench::boot_now() + kSecond / 20);  // as long as a daemon takes to start
      writer = start_writer(segment);
    }
    const std::int64_t written = bench::boot_now();
    write_tick(*writer, price);
    // Pairs with look()'s store.
    while (seen.price.load(std::memory_order_acquire) != price) {
      writer->beat(bench::boot_now());
      sleep_until(bench::boot_now() + kSecond / 10'000);
    }
    if (price > 1) latencies.add(seen.time.load(std::memory_order_relaxed) - written);
  }
  seen.done.store(true, std::memory_order_relaxed);
  write_tick(*writer, rounds + 2);  // ends the wait
  looking.join();
  return latencies;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: bench_restart SEGMENT ROUNDS LOOKING_CPU WRITER_CPU\n";
    return 2;
  }
  try {
    pin_to(std::atoi(argv[4]));
    const Histogram looking = measure(argv[1], false, std::atoi(argv[2]), std::atoi(argv[3]));
    const Histogram waiting = measure(argv[1], true, std::atoi(argv[2]), std::atoi(argv[3]));
    std::cout << R"({"looking":{)" << looking.json() << R"(},"waiting":{)" << waiting.json()
              << "}}\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_restart: " << error.what() << '\n';
    return 1;
  }
}
