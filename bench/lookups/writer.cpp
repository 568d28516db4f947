// A segment for lookups to read, and a writer that writes to it: not at all, at a rate, or as fast
// as it can. Usage: bench_writer SEGMENT SYMBOLS RATE CPU [WRITTEN], where RATE is ticks a second,
// 0 for one of each symbol a second or "full", of the first WRITTEN symbols in turn (all, if it is
// not given). Prices are live for as long as it runs. Prints "ready"; ends when its input does.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "bench/end_to_end/tick_frames.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/process.hpp"
#include "libcache/writer/writer.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::bench;

class Writing {
 public:
  Writing(const std::string& segment, std::size_t symbols)
      : writer_(options(segment, symbols), bench::boot_now()), names_(symbols) {
    for (std::size_t i = 0; i < symbols; ++i) names_[i].assign(symbol_name(i));
    ticker_.set_price({6452130000000, 8, {}});
    ticker_.set_quantity({12, 3, {}});
    writer_.begin_epoch(0, bench::boot_now(), now_of(CLOCK_REALTIME));
    for (std::size_t i = 0; i < symbols; ++i) write(bench::boot_now());
    beat();
  }

  void write_all() {
    for (std::size_t i = 0; i < names_.size(); ++i) write(bench::boot_now());
    writer_.flush();
  }

  void write_only(std::size_t written) { names_.resize(written); }

  void write(std::int64_t now) {
    ++ticker_.price_mantissa;
    writer_.ticker(0, names_[next_], ticker_, now);
    if (++next_ == names_.size()) next_ = 0;
  }

  void beat() {
    writer_.beat(bench::boot_now());
    writer_.flush();
  }

  /// Writes until `until`.
  void full_speed(std::int64_t until) {
    do {
      const std::int64_t now = bench::boot_now();
      if (now >= until) return;
      for (int i = 0; i < 100; ++i) write(now);
    } while (true);
  }

  void paced(double rate, std::int64_t from, std::int64_t until) {
    const double period = static_cast<double>(kSecond) / rate;
    for (std::uint64_t i = 0;; ++i) {
      const auto due = from + static_cast<std::int64_t>(static_cast<double>(i) * period);
      if (due >= until) return sleep_until(until);
      if (bench::boot_now() < due) sleep_until(due);
      write(bench::boot_now());
      writer_.flush();
    }
  }

 private:
  static WriterOptions options(const std::string& segment, std::size_t symbols) {
    WriterOptions options;
    options.segment = segment;
    options.capacities.symbols =
        std::max(options.capacities.symbols, static_cast<std::uint32_t>(symbols));
    options.url = "ws://127.0.0.1/ws/v1";
    options.version = "bench";
    return options;
  }

  CacheWriter writer_;
  std::vector<SymbolText> names_;
  Ticker ticker_;
  std::size_t next_ = 0;
};

bool input_has_ended() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) != 0;
}

void run(int count, char** arguments) {
  const std::string rate = arguments[3];
  pin_to(std::atoi(arguments[4]));
  Writing writing(arguments[1], std::strtoul(arguments[2], nullptr, 10));
  if (count == 6) writing.write_only(std::strtoul(arguments[5], nullptr, 10));
  std::cout << "ready" << std::endl;
  for (int turn = 1; !input_has_ended(); ++turn) {
    const std::int64_t now = bench::boot_now();
    const std::int64_t until = now + kSecond / 10;
    if (rate == "full") {
      writing.full_speed(until);
    } else if (rate == "0") {
      if (turn % 10 == 0) writing.write_all();
      sleep_until(until);
    } else {
      writing.paced(std::atof(rate.c_str()), now, until);
    }
    writing.beat();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 6) {
    std::cerr << "usage: bench_writer SEGMENT SYMBOLS RATE CPU [WRITTEN]\n";
    return 2;
  }
  try {
    run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_writer: " << error.what() << '\n';
    return 1;
  }
}
