// A program that waits for what hardly ever comes, beside a feed of everything else: how much of a
// processor that takes. Usage: bench_asleep SEGMENT orders|SYMBOL; ends on SIGTERM and prints JSON.
#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string_view>

#include "bench/support/clock.hpp"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache::bench;

tickcache::Feed* running = nullptr;

int run(const char* segment, std::string_view what) {
  std::uint64_t events = 0;
  tickcache::Feed feed(segment);
  if (what == "orders") {
    feed.on_order_update([&](const tickcache::OrderUpdate&) { ++events; });
  } else {
    feed.on_ticker(what, [&](const tickcache::Tick&) { ++events; });
  }
  running = &feed;
  std::signal(SIGTERM, [](int) { running->stop(); });
  feed.poll();
  std::cout << "ready" << std::endl;
  const std::int64_t begin = boot_now();
  const std::int64_t used = now_of(CLOCK_PROCESS_CPUTIME_ID);
  feed.run_forever();
  const auto share = static_cast<double>(now_of(CLOCK_PROCESS_CPUTIME_ID) - used) /
                     static_cast<double>(boot_now() - begin);
  std::cout << R"({"share":)" << share << R"(,"events":)" << events << "}" << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_asleep SEGMENT orders|SYMBOL\n";
    return 2;
  }
  try {
    return run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::cerr << "bench_asleep: " << error.what() << '\n';
    return 1;
  }
}
