// The connection is lost again and again at full speed.
#include <atomic>
#include <thread>

#include "e2e/checked_ticks.hpp"
#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

constexpr int kDrops = 10;

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

TEST_CASE("ten drops at full speed: stale, then live, and never live from an earlier epoch") {
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
  for (int i = 0; i < kDrops; ++i) {
    INFO("drop ", i);
    drop(exchange, reader, i % 2 == 1);
  }
  checker.stop();
  CHECK(checker.live > 0);
  CHECK(checker.not_live > 0);
  CHECK(checker.mislabelled == 0);
  CHECK(checker.torn == 0);

  const auto status = status_of(reader);
  CHECK(status->counter(Counter::connects) == kDrops + 1);
  CHECK(status->counter(Counter::drops) == kDrops);
  CHECK(exchange.counts().connections_total == kDrops + 1);
  CHECK_FALSE(daemon->ended());
}

}  // namespace
}  // namespace tickcache::test
