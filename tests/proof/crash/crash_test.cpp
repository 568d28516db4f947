// tickcached, killed, stopped and terminated at random instants under full load, while readers
// check every value.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "e2e/checked_ticks.hpp"
#include "e2e/installation.hpp"
#include "support/sanitizers.hpp"
#include "support/seed.hpp"
#include "tests/proof/crash/watcher.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

/// How often the daemon is ended; TICKCACHE_CRASHES in the environment asks for more.
int crashes() {
  const char* const asked = std::getenv("TICKCACHE_CRASHES");
  return asked == nullptr ? (kAddressSanitizer ? 20 : 60) : std::atoi(asked);
}

sim::Options full_load() {
  sim::Options options;
  options.rate = 10'000;
  options.checksum = true;
  options.orders_per_second = 100;
  options.portfolio_per_second = 10;
  options.candle_every = 50ms;
  options.open_candle_every = 20ms;
  return options;
}

void pause(std::mt19937_64& random, unsigned most_us) {
  std::this_thread::sleep_for(std::chrono::microseconds(random() % most_us));
}

struct Tally {
  int killed = 0;
  int killed_while_starting = 0;
  int stopped = 0;
  int terminated = 0;
  std::chrono::steady_clock::duration to_live{0};  ///< from start to live again, the longest
};

class Supervisor {
 public:
  Supervisor(std::uint64_t seed, Installation& here, sim::Exchange& exchange)
      : random_(seed), here_(here), exchange_(exchange), reader_(here.reader()) {
    for (const std::string& symbol : exchange.symbols()) {
      symbols_.push_back({reader_.handle(symbol), 0});
    }
  }

  /// One life of the daemon.
  void round() {
    const auto begun = std::chrono::steady_clock::now();
    const auto daemon = start();
    if (++rounds_ % 4 == 0) {
      // While it starts, takes over, connects or subscribes.
      pause(random_, 120'000);
      daemon->kill();
      ++tally_.killed_while_starting;
      return;
    }
    INFO("tickcached: ", daemon->err());
    // That of a daemon that was killed stays live for two seconds.
    REQUIRE(soon([&] {
      return status_of(reader_)->writer_pid == static_cast<std::uint32_t>(daemon->pid()) &&
             reader_.ticker("BTCUSDT").live();
    }));
    tally_.to_live = std::max(tally_.to_live, std::chrono::steady_clock::now() - begun);
    pause(random_, 60'000);
    for (auto stops = random_() % 4; stops > 0; --stops) {
      daemon->signal(SIGSTOP);
      check_values();
      pause(random_, 20'000);
      if (random_() % 8 == 0) break;  // and killed while it stands still
      daemon->signal(SIGCONT);
      ++tally_.stopped;
      pause(random_, 20'000);
    }
    if (random_() % 4 == 0) {
      daemon->signal(SIGCONT);
      daemon->signal(SIGTERM);
      CHECK(daemon->wait() == 0);
      CHECK(reader_.ticker("BTCUSDT").reason == Reason::stopped);
      ++tally_.terminated;
    } else {
      daemon->kill();
      ++tally_.killed;
    }
    check_values();
    CHECK_FALSE(has(daemon->err(), "Sanitizer"));
  }

  /// After the last one: everything is live again, and says so to the readers that stayed.
  void recover() {
    const auto daemon = start();
    INFO("tickcached: ", daemon->err());
    CHECK(soon([&] { return all_are(reader_, exchange_.symbols(), Freshness::live); }));
    check_values();
    daemon->signal(SIGTERM);
    CHECK(daemon->wait() == 0);
  }

  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

 private:
  std::unique_ptr<Program> start() {
    auto arguments = everything_from(exchange_);
    arguments.insert(arguments.end(), {"--backoff-min", "0.05", "--tape", "16384"});
    return here_.start(arguments);
  }

  /// Every symbol that was ever seen still has a whole value, no older than before.
  void check_values() {
    for (auto& [handle, last] : symbols_) {
      const Result<Ticker> result = reader_.ticker(handle);
      if (!result.has_value && last == 0) continue;
      REQUIRE(result.has_value);
      const auto sequence = sequence_of(handle.symbol(), result.value);
      REQUIRE(sequence.has_value());
      CHECK(*sequence >= last);
      last = *sequence;
    }
  }

  std::mt19937_64 random_;
  int rounds_ = 0;
  Installation& here_;
  sim::Exchange& exchange_;
  Reader reader_;
  std::vector<std::pair<SymbolHandle, std::uint64_t>> symbols_;
  Tally tally_;
};

std::size_t files_of(const std::string& segment) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    count += entry.path().filename().string().starts_with(segment) ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("fault 34: tickcached is killed at random instants under full load, again and again") {
  const std::uint64_t seed = seed_or(34);
  INFO("TICKCACHE_TEST_SEED=", seed);
  Installation here;
  sim::Exchange exchange(full_load());
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (const auto way : {Watcher::Way::lookups, Watcher::Way::feed}) {
    watchers.push_back(std::make_unique<Watcher>(way, here.segment(), exchange.symbols()));
  }
  exchange.start();
  Supervisor supervisor(seed, here, exchange);
  const int rounds = crashes();
  for (int i = 0; i < rounds; ++i) {
    INFO("round ", i);
    supervisor.round();
    if (watchers[0]->sightings().wrong + watchers[1]->sightings().wrong != 0) break;
  }
  supervisor.recover();

  for (const auto& watcher : watchers) {
    const Sightings& seen = watcher->sightings();
    CHECK(watcher->stop());
    CHECK(seen.wrong == 0);
    CHECK(std::string(seen.first_wrong) == "");
    CHECK(seen.busy == 0);
    CHECK(seen.live > 0);
    CHECK(seen.instances > static_cast<std::uint64_t>(rounds / 2));
    MESSAGE(seen.values.load() << " values checked, " << seen.live.load() << " of them live, in "
                               << seen.instances.load() << " segments; " << seen.missed.load()
                               << " ticks missed and told");
  }
  const Tally& tally = supervisor.tally();
  CHECK(tally.killed > 0);
  CHECK(tally.killed_while_starting > 0);
  CHECK(tally.stopped > 0);
  CHECK(tally.terminated > 0);
  MESSAGE(tally.killed << " killed, " << tally.killed_while_starting << " killed while starting, "
                       << tally.terminated << " terminated, stopped and continued " << tally.stopped
                       << " times; from start to live again at most "
                       << std::chrono::ceil<std::chrono::milliseconds>(tally.to_live).count()
                       << " ms");
  CHECK(files_of(here.segment()) == 2);  // the segment and its lock
}

}  // namespace tickcache::test
