// How often a reader has to begin again while a writer writes one symbol as fast as it can, beside
// a neighbour on the writer's processor, so that the writer loses its time slice now and then.
// Usage: bench_retries ours|one_copy_seqlock READS READER_CPU WRITER_CPU. Prints JSON.
#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/rivals/one_copy_seqlock.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/process.hpp"
#include "libcache/segment/ring.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::bench;

/// The ticker cell as the segment has it.
class Ours {
 public:
  void store(const Ticker& ticker) noexcept { writing_.publish(ticker); }
  std::uint64_t load(Ticker& ticker) const noexcept {
    std::uint64_t retries = 0;
    const ReadResult result = reading_.latest(ticker, retries);
    if (result == ReadResult::busy) ++busy_;
    return retries;
  }
  [[nodiscard]] std::uint64_t busy() const noexcept { return busy_; }

 private:
  layout::TickerCell cell_{};
  Ring<Ticker, layout::Word> writing_{cell_.ticker.head, cell_.ticker.slots, 2,
                                      layout::kWords<Ticker>};
  Ring<Ticker, const layout::Word> reading_{cell_.ticker.head, cell_.ticker.slots, 2,
                                            layout::kWords<Ticker>};
  mutable std::uint64_t busy_ = 0;
};

class Seqlock {
 public:
  void store(const Ticker& ticker) noexcept { seqlock_.store(ticker); }
  std::uint64_t load(Ticker& ticker) const noexcept { return seqlock_.load(ticker); }
  [[nodiscard]] static std::uint64_t busy() noexcept { return 0; }

 private:
  OneCopySeqlock<Ticker> seqlock_{};
};

/// Uses the processor for a fifth of the time, as other programs on the machine do.
void be_a_neighbour(int cpu, const std::atomic<bool>& done) {
  pin_to(cpu);
  while (!done.load(std::memory_order_relaxed)) {
    const std::int64_t until = boot_now() + kSecond / 1000;
    while (boot_now() < until) {
    }
    sleep_until(until + 4 * kSecond / 1000);
  }
}

template <class Cell>
void measure(std::uint64_t reads, int reader_cpu, int writer_cpu) {
  Cell cell;
  std::atomic<bool> done{false};
  Ticker first;
  first.updates = 1;
  cell.store(first);
  std::uint64_t written = 0;
  std::thread writer([&] {
    pin_to(writer_cpu);
    Ticker ticker;
    for (ticker.updates = 2; !done.load(std::memory_order_relaxed); ++ticker.updates) {
      ticker.price_mantissa = static_cast<std::int64_t>(ticker.updates);
      ticker.received_ns = ticker.price_mantissa;
      cell.store(ticker);
    }
    written = ticker.updates;
  });
  std::thread neighbour([&] { be_a_neighbour(writer_cpu, done); });
  pin_to(reader_cpu);
  std::uint64_t worst = 0;
  std::uint64_t all = 0;
  std::uint64_t torn = 0;
  std::uint64_t newest = 0;
  const std::int64_t begin = monotonic_now();
  for (std::uint64_t i = 0; i < reads; ++i) {
    Ticker ticker;
    const std::uint64_t retries = cell.load(ticker);
    all += retries;
    worst = std::max(worst, retries);
    torn += ticker.price_mantissa != ticker.received_ns ? 1 : 0;
    newest = std::max(newest, ticker.updates);
  }
  const std::int64_t end = monotonic_now();
  done.store(true, std::memory_order_relaxed);
  writer.join();
  neighbour.join();
  if (torn != 0) throw std::runtime_error("a torn value was read");
  if (newest < 2) throw std::runtime_error("reader and writer did not overlap");
  std::cout << R"({"reads":)" << reads << R"(,"written":)" << written << R"(,"retries":)" << all
            << R"(,"worst":)" << worst << R"(,"busy":)" << cell.busy() << R"(,"ns_per_read":)"
            << static_cast<double>(end - begin) / static_cast<double>(reads) << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: bench_retries ours|one_copy_seqlock READS READER_CPU WRITER_CPU\n";
    return 2;
  }
  try {
    const std::uint64_t reads = std::strtoull(argv[2], nullptr, 10);
    const auto run = std::string(argv[1]) == "ours" ? measure<Ours> : measure<Seqlock>;
    run(reads, std::atoi(argv[3]), std::atoi(argv[4]));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_retries: " << error.what() << '\n';
    return 1;
  }
}
