// The connection is lost again and again at full speed.
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "e2e/checked_ticks.hpp"
#include "e2e/installation.hpp"
#include "support/sanitizers.hpp"

namespace tickcache::test {
namespace {

/// How often; TICKCACHE_E2E_DROPS in the environment asks for more.
int drops() {
  const char* const asked = std::getenv("TICKCACHE_E2E_DROPS");
  return asked == nullptr ? 10 : std::atoi(asked);
}

/// What a leak would make grow.
struct Usage {
  std::size_t descriptors = 0;
  std::size_t memory = 0;  ///< bytes in use, without the segment's
};

Usage usage_of(pid_t pid) {
  const std::filesystem::path process = "/proc/" + std::to_string(pid);
  Usage usage;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(process / "fd")) {
    ++usage.descriptors;
  }
  std::size_t total = 0, resident = 0, shared = 0;
  std::ifstream(process / "statm") >> total >> resident >> shared;
  usage.memory = (resident - shared) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return usage;
}

/// Reads in a thread of its own as fast as it can, and judges what it is told.
class Checker {
 public:
  Checker(const std::string& segment, const std::vector<std::string>& symbols)
      : reader_(segment), thread_([this, symbols] { run(symbols); }) {}
  ~Checker() { stop(); }
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;

  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

  // After stop().
  std::uint64_t live = 0;
  std::uint64_t not_live = 0;
  std::uint64_t mislabelled = 0;  ///< live, but from another epoch
  std::uint64_t torn = 0;         ///< price and quantity of different ticks

 private:
  void run(const std::vector<std::string>& symbols) {
    std::vector<SymbolHandle> handles;
    for (const std::string& symbol : symbols) handles.push_back(reader_.handle(symbol));
    while (!stop_) {
      for (SymbolHandle& handle : handles) check(handle);
    }
  }

  /// Epochs only grow: what is live between two looks at the status is of an epoch between theirs.
  void check(SymbolHandle& handle) {
    reader_.status(status_);
    const std::uint32_t before = status_.connections[0].epoch;
    const auto ticker = reader_.ticker(handle);
    reader_.status(status_);
    const std::uint32_t after = status_.connections[0].epoch;
    if (!ticker.has_value) return;
    ++(ticker.live() ? live : not_live);
    if (!sequence_of(handle.symbol(), ticker.value)) ++torn;
    const std::uint32_t epoch = ticker.value.epoch;
    if (ticker.live() && (epoch < before || epoch > after)) ++mislabelled;
  }

  Reader reader_;
  Status status_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// Cuts the connection and holds it off until every symbol has been seen stale.
void drop(sim::Exchange& exchange, Reader& reader, bool reset) {
  const std::uint32_t epoch = status_of(reader)->connections[0].epoch;
  exchange.stop_accepting();
  CHECK(exchange.drop_all(reset) == 1);
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::stale); }));
  CHECK(reader.ticker("BTCUSDT").reason == Reason::reconnecting);
  exchange.accept_again();
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  CHECK(status_of(reader)->connections[0].epoch == epoch + 1);
}

/// Sends an order update and checks that it says that others may be missing before it.
void check_gap_mark(sim::Exchange& exchange, Reader& reader) {
  const std::uint64_t before = status_of(reader)->orders;
  REQUIRE(soon([&] { return exchange.send_order(some_order()) == 1; }));
  REQUIRE(soon([&] { return status_of(reader)->orders > before; }));
  std::vector<Order> newest(1);
  REQUIRE(reader.orders(newest).count == 1);
  CHECK(newest[0].gap_since_ns != 0);
}

TEST_CASE("drops at full speed: stale, then live, and never live from an earlier epoch") {
  sim::Options options;
  options.rate = 10'000;
  options.checksum = true;
  sim::Exchange exchange(options);
  exchange.start();
  Installation here;
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(), {"--backoff-min", "0.02", "--backoff-max", "0.1"});
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  Reader reader = here.reader();
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));

  Checker checker(here.segment(), {"BTCUSDT", exchange.symbols().back()});
  const int count = drops();
  REQUIRE(count > 2);
  Usage early;
  for (int i = 0; i < count; ++i) {
    INFO("drop ", i);
    drop(exchange, reader, i % 2 == 1);
    check_gap_mark(exchange, reader);
    if (i == 1) early = usage_of(daemon->pid());
  }
  const Usage late = usage_of(daemon->pid());
  CHECK(late.descriptors == early.descriptors);
  if (!kAddressSanitizer) CHECK(late.memory <= early.memory + 500'000);
  checker.stop();
  CHECK(checker.live > 0);
  CHECK(checker.not_live > 0);
  CHECK(checker.mislabelled == 0);
  CHECK(checker.torn == 0);

  const auto status = status_of(reader);
  const auto lost = static_cast<std::uint64_t>(count);
  CHECK(status->counter(Counter::connects) == lost + 1);
  CHECK(status->counter(Counter::drops) == lost);
  CHECK(exchange.counts().connections_total == lost + 1);
  CHECK_FALSE(daemon->ended());
}

}  // namespace
}  // namespace tickcache::test
