// Brings about each state that docs/alerts.yml has an alert for, with the built tickcached and the
// simulated exchange, and records what `tickcache metrics` prints before and in it. promtool.sh
// runs this, and checks with promtool which alerts fire.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

/// Exchange and daemon. Each state is recorded in a folder of its own under $TICKCACHE_STATES, with
/// the files `before`, `after` and `alerts`.
class Scene {
 public:
  Scene() : reader(here.reader()) { exchange.start(); }

  void start(const std::vector<std::string>& further = {}) {
    std::vector<std::string> arguments = {
        "--url",       exchange.url(),       "--rest=true",
        "--audit=0.2", "--backoff-min=0.02", "--backoff-max=0.02"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    daemon = here.start(arguments);
  }

  void start_and_be_live() {
    start();
    REQUIRE(is_live());
    REQUIRE(soon([&] { return status_of(reader)->verified_ns != 0; }));
    before();
  }

  bool is_live() {
    return soon([&] { return is_up(reader); });
  }

  /// Waits until the counter is `by` higher than now.
  bool rises(Counter which, std::uint64_t by = 1) {
    const std::uint64_t from = counter_of(reader, which);
    return soon([&] { return counter_of(reader, which) >= from + by; });
  }

  void before() { before_ = metrics(); }

  /// Records the state. `alerts`, separated by spaces, and no others, must fire if it lasts. A
  /// state that the daemon started in, without before(), was there from the beginning.
  void after(const std::string& state, const std::string& alerts) {
    const std::string text = metrics();
    const char* const folder = std::getenv("TICKCACHE_STATES");
    REQUIRE(folder != nullptr);
    const std::filesystem::path path = std::filesystem::path(folder) / state;
    std::filesystem::create_directories(path);
    std::ofstream(path / "before") << (before_.empty() ? text : before_);
    std::ofstream(path / "after") << text;
    std::ofstream(path / "alerts") << alerts << "\n";
  }

  sim::Exchange exchange{sim::Options{}};
  Installation here;
  Reader reader;
  std::unique_ptr<Program> daemon;

 private:
  std::string metrics() {
    const Outcome outcome = here.ask({"metrics"});
    REQUIRE(has(outcome.out, "tickcache_up{"));
    return outcome.out;
  }

  std::string before_;
};

TEST_CASE("healthy: prices are confirmed again and again") {
  Scene at;
  at.start_and_be_live();
  REQUIRE(at.rises(Counter::audits, 3));
  at.after("healthy", "");
}

TEST_CASE("the exchange cannot be reached") {
  Scene at;
  at.start_and_be_live();
  at.exchange.stop_accepting();
  at.exchange.drop_all();
  REQUIRE(soon([&] { return status_of(at.reader)->reason == Reason::reconnecting; }));
  at.after("not_live", "TickcacheFeedNotLive");
}

TEST_CASE("ticks pause, and REST does not answer") {
  Scene at;
  at.start_and_be_live();
  at.exchange.rest(sim::RestMode::hangs);
  at.exchange.pause_data(true);
  REQUIRE(soon([&] { return status_of(at.reader)->reason == Reason::silent; }));
  at.after("silent", "TickcacheSilent TickcacheFeedNotLive");
}

TEST_CASE("ticks are late") {
  Scene at;
  at.start_and_be_live();
  // Otherwise the daemon corrects prices whose ticks are still on their way, and
  // TickcacheLosesTicks may fire too.
  at.exchange.rest(sim::RestMode::hangs);
  at.exchange.delay_feed(5s);
  REQUIRE(soon([&] { return status_of(at.reader)->reason == Reason::lagging; }));
  at.after("lagging", "TickcacheLagging TickcacheFeedNotLive");
}

/// Nothing confirms the prices, from the start of the daemon.
void record_unconfirmed(sim::RestMode mode, Counter counter, const std::string& state) {
  Scene at;
  at.exchange.rest(mode);
  at.start();
  REQUIRE(at.is_live());
  at.before();
  REQUIRE(at.rises(counter));
  REQUIRE(at.is_live());
  at.after(state, "TickcacheUnconfirmed");
}

TEST_CASE("REST fails") {
  record_unconfirmed(sim::RestMode::error, Counter::rest_failed, "rest_fails");
}

TEST_CASE("REST gives no prices") {
  record_unconfirmed(sim::RestMode::empty, Counter::rest_rejected, "rest_is_empty");
}

TEST_CASE("ticks are lost") {
  Scene at;
  at.start_and_be_live();
  const auto symbols = at.exchange.symbols();
  for (std::size_t i = 0; i < 20; ++i) at.exchange.lose_symbol(symbols[i], true);
  REQUIRE(at.rises(Counter::healed, 11));
  at.after("lost_ticks", "TickcacheLosesTicks");
}

TEST_CASE("the connection is lost four times") {
  Scene at;
  at.start_and_be_live();
  for (int i = 0; i < 4; ++i) {
    const std::uint64_t drops = counter_of(at.reader, Counter::drops);
    REQUIRE(at.exchange.drop_all() > 0);
    REQUIRE(soon([&] { return counter_of(at.reader, Counter::drops) > drops; }));
    REQUIRE(at.is_live());
  }
  at.after("flapping", "TickcacheFlapping");
}

TEST_CASE("a message cannot be read") {
  Scene at;
  at.start_and_be_live();
  REQUIRE(at.exchange.send_raw("{") == 1);
  REQUIRE(soon([&] { return counter_of(at.reader, Counter::rejected_json) > 0; }));
  at.after("rejected", "TickcacheRejectedMessages");
}

TEST_CASE("the segment is nearly full") {
  Scene at;
  at.start({"--max-symbols=" + std::to_string(at.exchange.symbols().size())});
  REQUIRE(at.is_live());
  REQUIRE(soon([&] { return status_of(at.reader)->symbols == at.exchange.symbols().size(); }));
  at.after("nearly_full", "TickcacheFull");
}

TEST_CASE("the segment has no room for all symbols") {
  Scene at;
  at.start({"--max-symbols=5"});
  REQUIRE(soon([&] { return counter_of(at.reader, Counter::rejected_capacity) > 0; }));
  REQUIRE(at.is_live());
  at.after("full", "TickcacheFull");
}

TEST_CASE("a subscription is refused") {
  Scene at;
  at.start({"--candles=BTCUSDT:3m"});
  REQUIRE(at.is_live());
  REQUIRE(soon(
      [&] { return has(at.here.ask({"metrics"}).out, R"(kind="candles",state="refused"} 1)"); }));
  at.after("refused", "TickcacheSubscriptionRefused");
}

TEST_CASE("the exchange never answers for the key") {
  Scene at;
  at.exchange.reject_key(503);
  at.start();
  REQUIRE(at.rises(Counter::failures));
  at.after("not_accepted", "TickcacheKeyNotAccepted TickcacheFeedNotLive");
}

TEST_CASE("the account is suspended") {
  Scene at;
  at.exchange.account(sim::AccountState::suspended);
  at.start();
  REQUIRE(at.daemon->wait() == kDaemonAuthentication);
  at.after("suspended", "TickcacheKeyRejected TickcacheDown");
}

TEST_CASE("the daemon has ended") {
  Scene at;
  at.start_and_be_live();
  REQUIRE(at.daemon->stop() == 0);
  at.after("ended", "TickcacheDown");
}

}  // namespace
}  // namespace tickcache::test
