// How long single lookups take, in one or many reader processes at once, while a writer (or none)
// writes. Usage: bench_distribution WHAT PROCESSES SECONDS CPU…, where WHAT is value_by_handle,
// judged_by_handle, value_by_symbol, judged_by_symbol, snapshot or clock_read, which reads nothing
// of the segment; "WHAT@N" leaves the first N symbols out. The processes share the processors in
// turn. Reads the segment that TICKCACHE_SEGMENT names; prints JSON.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/support/clock.hpp"
#include "bench/support/histogram.hpp"
#include "bench/support/process.hpp"
#include "bench/support/stopwatch.hpp"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::bench;

/// What one process has found out.
struct Account {
  Histogram latencies;
  std::uint64_t retries;
  std::uint64_t busy;
};

class Lookups {
 public:
  explicit Lookups(const std::string& what)
      : what_(what.substr(0, what.find('@'))), all_(reader_.symbol_count()) {
    const auto at = what.find('@');
    const std::size_t first = at == what.npos ? 0 : std::stoul(what.substr(at + 1));
    for (auto i = static_cast<std::uint32_t>(first); i < all_.size(); ++i) {
      names_.emplace_back(reader_.symbol(i).view());
      handles_.push_back(reader_.handle(names_.back()));
    }
    if (names_.empty()) throw std::runtime_error("no symbols in the segment");
  }

  void run(double seconds, Account& account) {
    if (what_ == "value_by_handle") {
      repeat(seconds, account, [&](std::size_t i) { reader_.last(handles_[i], ticker_); });
    } else if (what_ == "judged_by_handle") {
      repeat(seconds, account, [&](std::size_t i) { result_ = reader_.ticker(handles_[i]); });
    } else if (what_ == "value_by_symbol") {
      repeat(seconds, account, [&](std::size_t i) { reader_.last(names_[i], ticker_); });
    } else if (what_ == "judged_by_symbol") {
      repeat(seconds, account, [&](std::size_t i) { result_ = reader_.ticker(names_[i]); });
    } else if (what_ == "snapshot") {
      repeat(seconds, account, [&](std::size_t) { reader_.snapshot(all_); });
    } else if (what_ == "clock_read") {
      repeat(seconds, account, [&](std::size_t) { result_.age_ns = boot_now(); });
    } else {
      throw std::runtime_error("unknown lookup: " + what_);
    }
    account.retries = reader_.retries();
    account.busy = reader_.busy();
  }

 private:
  template <class Lookup>
  void repeat(double seconds, Account& account, Lookup lookup) {
    const Stopwatch stopwatch;
    const std::int64_t until = boot_now() + seconds_to_ns(seconds);
    std::size_t symbol = 0;
    while (boot_now() < until) {
      for (int i = 0; i < 100; ++i) {
        // 101 is prime, so that all symbols have their turn.
        symbol = (symbol + 101) % names_.size();
        const std::uint64_t begin = Stopwatch::begin();
        lookup(symbol);
        const std::uint64_t end = Stopwatch::end();
        account.latencies.add(stopwatch.elapsed(begin, end));
      }
    }
  }

  std::string what_;
  Reader reader_;
  std::vector<SymbolTicker> all_;
  std::vector<std::string> names_;
  std::vector<SymbolHandle> handles_;
  Ticker ticker_;
  Result<Ticker> result_;
};

void run(const std::string& what, std::size_t processes, double seconds,
         const std::vector<int>& cpus) {
  void* shared = mmap(nullptr, processes * sizeof(Account), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) throw std::runtime_error("no memory");
  auto* accounts = static_cast<Account*>(shared);
  for (std::size_t i = 0; i < processes; ++i) {
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("cannot fork");
    if (child > 0) continue;
    try {
      pin_to(cpus[i % cpus.size()]);
      Lookups(what).run(seconds, *new (accounts + i) Account);
      _exit(0);
    } catch (const std::exception& error) {
      std::cerr << "bench_distribution: " << error.what() << '\n';
      _exit(1);
    }
  }
  bool good = true;
  for (std::size_t i = 0; i < processes; ++i) {
    int status = 0;
    good &= wait(&status) > 0 && status == 0;
  }
  if (!good) throw std::runtime_error("a reader failed");
  Account sum{};
  for (std::size_t i = 0; i < processes; ++i) {
    sum.latencies.add(accounts[i].latencies);
    sum.retries += accounts[i].retries;
    sum.busy += accounts[i].busy;
  }
  std::cout << "{" << sum.latencies.json() << R"(,"retries":)" << sum.retries << R"(,"busy":)"
            << sum.busy << "}\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: bench_distribution WHAT PROCESSES SECONDS CPU…\n";
    return 2;
  }
  try {
    std::vector<int> cpus;
    for (int i = 4; i < argc; ++i) cpus.push_back(std::atoi(argv[i]));
    run(argv[1], std::strtoul(argv[2], nullptr, 10), std::atof(argv[3]), cpus);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_distribution: " << error.what() << '\n';
    return 1;
  }
}
