// Hours of churn in a minute: connections are lost, the configuration changes, daemons are
// restarted, readers come and go, more symbols appear than there is room for. Nothing grows, and no
// reader sees a value that is wrong.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "e2e/installation.hpp"
#include "sim/checksum.hpp"
#include "support/seed.hpp"
#include "tests/proof/crash/watcher.hpp"
#include "tests/proof/soak/readings.hpp"
#include "tests/proof/soak/slope.hpp"
#include "tests/proof/soak/usage.hpp"
#include "tests/proof/soak/visits.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How long; TICKCACHE_SOAK_SECONDS in the environment asks for more.
std::chrono::seconds duration() {
  const char* const asked = std::getenv("TICKCACHE_SOAK_SECONDS");
  return std::chrono::seconds(asked == nullptr ? 60 : std::atoi(asked));
}

constexpr std::uint32_t kCapacity = 250;

sim::Options market() {
  sim::Options options;
  options.symbols = 100;
  options.rate = 4000;
  options.checksum = true;
  options.orders_per_second = 50;
  options.portfolio_per_second = 10;
  options.candle_every = 100ms;
  return options;
}

/// A daemon that is reloaded, another that is restarted, and who uses their segments.
class Churn {
 public:
  explicit Churn(std::uint64_t seed) : random_(seed), exchange_(market()) {
    // Forks first: they and threads do not go together.
    const auto& symbols = exchange_.symbols();
    const auto watch = [&](const char* who, Watcher::Way way, const Installation& where) {
      watchers_.push_back(
          {Watched(who), std::make_unique<Watcher>(way, where.segment(), symbols, 1ms)});
    };
    watch("lookups in the reloaded one", Watcher::Way::lookups, reloaded_);
    watch("feed of the reloaded one", Watcher::Way::feed_of_changing, reloaded_);
    watch("lookups in the restarted one", Watcher::Way::lookups, restarted_);
    watch("feed of the restarted one", Watcher::Way::feed, restarted_);
    visits_.push_back(std::make_unique<Visits>(seed + 1, reloaded_.segment(),
                                               Watcher::Way::feed_of_changing, symbols));
    visits_.push_back(
        std::make_unique<Visits>(seed + 2, restarted_.segment(), Watcher::Way::feed, symbols));
    exchange_.start();
    configure();
    long_lived_ = start(reloaded_);
    short_lived_ = start(restarted_);
    settle();
    fill();
    python_ = start_python(restarted_, 0);
  }

  void round() {
    void (Churn::*turns[])() = {&Churn::drop,        &Churn::drop,           &Churn::drop,
                                &Churn::drop,        &Churn::reload,         &Churn::restart,
                                &Churn::add_symbols, &Churn::visit_by_python};
    std::shuffle(std::begin(turns), std::end(turns), random_);
    for (const auto turn : turns) {
      (this->*turn)();
      std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 20));
    }
    ++rounds_;
    settle();
    sample();
  }

  /// What nobody may be told, whatever else grows.
  [[nodiscard]] bool wrong() const {
    const auto bad = [](const auto& of) { return of->sightings().wrong != 0; };
    return std::any_of(watchers_.begin(), watchers_.end(),
                       [&](const auto& watcher) { return bad(watcher.process); }) ||
           std::any_of(visits_.begin(), visits_.end(), bad) || python_->ended();
  }

  void check() {
    check_readers();
    daemon_.check();
    cpu_.check();
    shm_.check();
    python_usage_.check();
    for (const auto& watcher : watchers_) watcher.usage.check();
    Reader reader = reloaded_.reader();
    const auto status = status_of(reader);
    CHECK(status->symbols == kCapacity);
    CHECK(status->counter(Counter::rejected_capacity) > 0);
    for (const auto* daemon : {&long_lived_, &short_lived_}) {
      INFO("tickcached: ", (*daemon)->err());
      (*daemon)->signal(SIGTERM);
      CHECK((*daemon)->wait() == 0);
    }
    CHECK(shared_memory_of(reloaded_.segment()).files == 2);
    CHECK(shared_memory_of(restarted_.segment()).files == 2);
  }

  [[nodiscard]] int rounds() const noexcept { return rounds_; }

 private:
  struct Watching {
    Watched usage;
    std::unique_ptr<Watcher> process;
  };

  /// Of a connection that is open.
  void drop() {
    REQUIRE(soon([&] { return counter_of(reloaded_reader_, Counter::connects) > drops_; }));
    exchange_.drop_all(random_() % 2 == 0);
    ++drops_;
  }

  /// Another set of what is wanted; each in turn.
  void configure() {
    const char* const wishes[] = {
        "symbols = all\ncandles = BTCUSDT:1m, ETHUSDT:1h\n",
        "symbols = BTCUSDT, ETHUSDT\nportfolio = false\n", "symbols = all\nportfolio = false\n",
        // More than can be subscribed to one by one.
        ("symbols = BTCUSDT, ETHUSDT, A1, A2, A3, A4, A5, A6, A7, A8, A9\n"
         "candles = BTCUSDT:1m\n")};
    // Replaced in one piece, as an editor does it: the daemon may be reading.
    const std::string file = directory_.write("new", wishes[reloads_ % std::size(wishes)]);
    REQUIRE(std::rename(file.c_str(), directory_.path("tickcached.conf").c_str()) == 0);
  }

  void reload() {
    ++reloads_;
    configure();
    long_lived_->signal(SIGHUP);
  }

  void restart() {
    if (random_() % 2 == 0) {
      short_lived_->kill();
    } else {
      short_lived_->signal(SIGTERM);
      CHECK(short_lived_->wait() == 0);
    }
    short_lived_ = start(restarted_);
  }

  /// Until there is no room for more symbols, which readers too remember, nor for more orders.
  void fill() {
    sim::OrderUpdate order;
    order.status = "filled";
    order.symbol = "BTCUSDT";
    order.side = "buy";
    order.type = "market";
    order.quantity = "1";
    for (int i = 0; i < 1100; ++i) {
      order.order_id = "old-" + std::to_string(i);
      exchange_.send_order(order);
    }
    const auto is_full = [](Reader& reader) {
      const auto status = status_of(reader);
      return status->symbols == kCapacity && status->counter(Counter::rejected_capacity) > 0;
    };
    REQUIRE(soon([&] {
      add_symbols();
      return is_full(reloaded_reader_) && is_full(restarted_reader_);
    }));
  }

  /// Twice as many as there is room for, in turn.
  void add_symbols() {
    for (int i = 0; i < 20; ++i) {
      const std::string symbol = "NEW" + std::to_string(added_++ % (2 * kCapacity));
      const std::uint64_t sequence = ++sequences_[symbol];
      const auto price = sim::checksum_price(sim::symbol_hash(symbol), sequence);
      exchange_.send_tick(symbol, sim::fixed_text(price, sim::kChecksumDigits),
                          sim::fixed_text(sim::checksum_quantity(sequence), sim::kChecksumDigits));
    }
  }

  void visit_by_python() {
    if (visitor_ && !visitor_->ended()) return;
    check_visitor();
    visitor_ = start_python(random_() % 2 == 0 ? reloaded_ : restarted_, 500);
  }

  void check_visitor() {
    if (!visitor_) return;
    const auto code = visitor_->wait();
    INFO("Python: ", visitor_->err());
    CHECK(code == 0);
    ++python_visits_;
    visitor_.reset();
  }

  static std::unique_ptr<Program> start_python(const Installation& where, int values) {
    return std::make_unique<Program>(Command{SOAK_PYTHON,
                                             {"-u", SOAK_READER, std::to_string(values)},
                                             {"TICKCACHE_SEGMENT=" + where.segment()}});
  }

  std::unique_ptr<Program> start(Installation& where) {
    std::vector<std::string> arguments{
        "--url",         exchange_.url(), "--max-symbols", std::to_string(kCapacity),
        "--backoff-min", "0.02",          "--backoff-max", "0.1",
        "--tape",        "8192",          "--log-level",   "error"};
    if (&where == &reloaded_) {
      arguments.insert(arguments.end(), {"--config", directory_.path("tickcached.conf")});
    }
    Command command = where.command(std::move(arguments));
    // What is freed goes back to the system: what is kept free would hide for long what leaks.
    command.environment.push_back(
        "GLIBC_TUNABLES=glibc.malloc.mmap_threshold=32768:glibc.malloc.trim_threshold=4096:"
        "glibc.malloc.top_pad=0");
    return std::make_unique<Program>(command);
  }

  /// Until all that the round has begun is over.
  void settle() {
    INFO("reloaded: ", long_lived_->err(), "\nrestarted: ", short_lived_->err());
    const auto is_back = [](Reader& reader, const Program& daemon) {
      return status_of(reader)->writer_pid == static_cast<std::uint32_t>(daemon.pid()) &&
             is_up(reader);
    };
    REQUIRE(soon([&] {
      return is_back(reloaded_reader_, *long_lived_) && is_back(restarted_reader_, *short_lived_) &&
             counter_of(reloaded_reader_, Counter::connects) > drops_;
    }));
  }

  void sample() {
    daemon_.add(usage_of(long_lived_->pid()));
    measure_cpu();
    // Once for each set of wishes, which are not equally dear.
    if (rounds_ % 4 == 0) cpu_.read();
    for (auto& watcher : watchers_) watcher.usage.add(usage_of(watcher.process->pid()));
    python_usage_.add(usage_of(python_->pid()));
    for (const Installation* where : {&reloaded_, &restarted_}) {
      const SharedMemory memory = shared_memory_of(where->segment());
      const std::string whose =
          where == &reloaded_ ? " of the reloaded one" : " of the restarted one";
      shm_.add("KB" + whose, kSharedMemory, memory.size);
      shm_.add("files" + whose, kCount, memory.files);
    }
  }

  /// While nothing but data comes.
  void measure_cpu() {
    const double cpu = usage_of(long_lived_->pid()).cpu;
    const std::uint64_t messages = counter_of(reloaded_reader_, Counter::messages);
    std::this_thread::sleep_for(50ms);
    cpu_.add(usage_of(long_lived_->pid()).cpu - cpu,
             counter_of(reloaded_reader_, Counter::messages) - messages);
  }

  void check_readers() {
    std::uint64_t values = 0;
    const auto judge = [&](const Sightings& seen, bool ended) {
      CHECK(ended);
      CHECK(std::string(seen.first_wrong) == "");
      CHECK(seen.wrong == 0);
      CHECK(seen.busy == 0);
      CHECK(seen.live > 1000);
      values += seen.values;
    };
    for (const auto& watcher : watchers_) {
      judge(watcher.process->sightings(), watcher.process->stop());
    }
    std::uint64_t visitors = 0;
    for (const auto& visits : visits_) {
      const bool ended = visits->stop();
      judge(visits->sightings(), ended);
      visitors += visits->sightings().instances;
    }
    check_visitor();
    python_->signal(SIGTERM);
    const auto code = python_->wait();
    INFO("Python: ", python_->err());
    CHECK(code == 0);
    CHECK(python_->out().ends_with(" values\n"));
    CHECK(visitors > static_cast<std::uint64_t>(rounds_));
    CHECK(python_visits_ > 2);
    MESSAGE(values << " values checked in C++, " << python_->out() << " in one Python process; "
                   << visitors << " C++ and " << python_visits_
                   << " Python processes came and went");
  }

  std::mt19937_64 random_;
  Installation reloaded_;
  Installation restarted_;
  TemporaryDirectory directory_;
  sim::Exchange exchange_;
  std::vector<Watching> watchers_;
  std::vector<std::unique_ptr<Visits>> visits_;
  Reader reloaded_reader_ = reloaded_.reader();
  Reader restarted_reader_ = restarted_.reader();
  std::unique_ptr<Program> long_lived_;
  std::unique_ptr<Program> short_lived_;
  std::unique_ptr<Program> python_;
  std::unique_ptr<Program> visitor_;
  std::map<std::string, std::uint64_t> sequences_;
  unsigned added_ = 0;
  std::uint64_t drops_ = 0;
  std::size_t reloads_ = 0;
  int rounds_ = 0;
  int python_visits_ = 0;
  Watched daemon_{"the reloaded daemon"};
  Watched python_usage_{"the Python reader"};
  Watched shm_{"/dev/shm"};
  CpuMeter cpu_;
};

}  // namespace

TEST_CASE("soak: a slope is found among outliers, and none where there is only noise") {
  std::vector<double> values;
  for (int i = 0; i < 60; ++i) values.push_back(3 * i);
  for (int i = 0; i < 60; i += 5) values[static_cast<std::size_t>(i)] = 10'000 - 100 * i;
  CHECK(slope_of(values) == doctest::Approx(3).epsilon(0.1));
  for (int i = 0; i < 60; ++i) values[static_cast<std::size_t>(i)] = i % 3;
  CHECK(std::abs(slope_of(values)) < 0.01);
  for (int i = 0; i < 60; ++i) values[static_cast<std::size_t>(i)] = i < 10 ? 0 : 132;
  CHECK(slope_of(values) == 0);  // once is not a leak
}

TEST_CASE("soak: under churn, memory, descriptors, /dev/shm and CPU stay flat") {
  const std::uint64_t seed = seed_or(60);
  INFO("TICKCACHE_TEST_SEED=", seed);
  Churn churn(seed);
  const auto end = Clock::now() + duration();
  constexpr int kEnough = 60;  // rounds to judge by, on a machine that is slow
  while ((Clock::now() < end || churn.rounds() < kEnough) && !churn.wrong()) churn.round();
  MESSAGE(churn.rounds() << " rounds in " << duration().count() << " s");
  churn.check();
}

}  // namespace tickcache::test
