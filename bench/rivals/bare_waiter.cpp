// The floor for a handler that is woken: sleeps on the counter that bench_bare_socket changes.
// Usage: bench_bare_waiter COUNTER_FILE; ends on SIGTERM and prints JSON.
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>

#include "bench/support/clock.hpp"
#include "bench/support/counter_file.hpp"
#include "bench/support/histogram.hpp"

namespace {

volatile std::sig_atomic_t done = 0;

void run(const char* counter_file) {
  using namespace tickcache::bench;
  std::signal(SIGTERM, [](int) { done = 1; });
  Histogram latencies;
  const CounterFile counter(counter_file);
  std::uint64_t seen = counter.load();
  std::cout << "ready" << std::endl;
  while (done == 0) {
    counter.wait(seen);
    const std::uint64_t messages = counter.load();
    if (messages == seen) continue;
    latencies.add(boot_now() - counter.stamp());
    seen = messages;
  }
  std::cout << "{" << latencies.json() << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bench_bare_waiter COUNTER_FILE\n";
    return 2;
  }
  try {
    run(argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_bare_waiter: " << error.what() << '\n';
    return 1;
  }
}
