// A program that handles every tick, as users write it: how long after the exchange sent a tick its
// handler runs. Usage: bench_waiter SEGMENT [spin]; ends on SIGTERM and prints JSON.
#include <csignal>
#include <exception>
#include <iostream>
#include <string>

#include "bench/end_to_end/tick_frames.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/histogram.hpp"
#include "bench/support/process.hpp"
#include "tickcache/tickcache.hpp"

namespace {

tickcache::Feed* running = nullptr;

int run(const char* segment, bool spin) {
  using namespace tickcache::bench;
  Histogram latencies;
  std::uint64_t missed = 0;
  tickcache::Feed feed(segment);
  if (spin) feed.set_idle_strategy(tickcache::IdleStrategy::spin);
  feed.on_ticker("all", [&](const tickcache::Tick& tick) {
    latencies.add(boot_now() - (tick.ticker.quantity_mantissa - kStampOffset));
    missed += tick.missed;
  });
  running = &feed;
  std::signal(SIGTERM, [](int) { running->stop(); });
  std::cout << "ready" << std::endl;
  feed.run_forever();
  std::cout << "{" << latencies.json() << R"(,"missed":)" << missed << "}" << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::cerr << "usage: bench_waiter SEGMENT [spin]\n";
    return 2;
  }
  try {
    return run(argv[1], argc == 3);
  } catch (const std::exception& error) {
    std::cerr << "bench_waiter: " << error.what() << '\n';
    return 1;
  }
}
