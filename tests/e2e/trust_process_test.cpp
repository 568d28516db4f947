// Whether a price that is called live is the exchange's: the built tickcached with its default
// options, in real time, judged by an observer that knows. tests/daemon/trust has the same on an
// injected clock.
#include <signal.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "e2e/installation.hpp"
#include "e2e/observer.hpp"
#include "support/loopback_proxy.hpp"
#include "support/soon.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// A wrong `live` is never excused. A machine that is busy with other things may recover this much
/// slower.
constexpr int kSlack = 5;

sim::Options market() {
  sim::Options options;
  options.symbols = 620;
  options.rate = 2000;
  options.checksum = true;
  return options;
}

double in_seconds(nanoseconds span) { return std::chrono::duration<double>(span).count(); }

enum class Rest { through_proxy, directly, off };

/// Exchange, proxy, daemon and observer.
class Scenario {
 public:
  explicit Scenario(const sim::Options& options = market(), Rest rest = Rest::through_proxy)
      : exchange(options) {
    exchange.start();
    // A feed that is late is so before the daemon comes.
    std::this_thread::sleep_for(options.feed_delay);
    proxy = std::make_unique<LoopbackProxy>(exchange.port());
    observer = std::make_unique<Observer>(exchange, here.segment());
    std::vector<std::string> arguments = {"--url", proxy->url()};
    arguments.emplace_back(rest == Rest::off ? "--rest=false" : "--rest=true");
    if (rest == Rest::directly) {
      const std::string url = "http://127.0.0.1:" + std::to_string(exchange.port());
      arguments.insert(arguments.end(), {"--rest-url", url});
    }
    daemon = here.start(arguments);
  }

  /// Lets the daemon get to know the market; what was seen of it is forgotten.
  void settle(std::chrono::seconds span) {
    const auto end = BootClock::now() + span;
    REQUIRE(soon([&] { return observer->all_live_for(1s); }));
    std::this_thread::sleep_for(end - BootClock::now());
    observer->forget();
  }

  /// What was seen so far: nothing was called live for longer than this after the exchange had left
  /// it, nothing stepped back in time, and nothing was made up.
  Observed check(std::chrono::milliseconds wrong_at_most) {
    const Observed seen = observer->seen();
    MESSAGE("longest wrong ", in_seconds(seen.longest_wrong), " s (", seen.wrongest, "), of ",
            in_seconds(wrong_at_most), " s; ", seen.looks, " looks, ", seen.discarded,
            " discarded");
    CHECK(in_seconds(seen.longest_wrong) <= in_seconds(wrong_at_most));
    CHECK(seen.steps_back == 0);
    CHECK(seen.untraded == 0);
    CHECK(seen.looks > seen.discarded);
    return seen;
  }

  /// All prices become live again within `limit` from a moment on, and stay so.
  void check_recovery(BootTime from, std::chrono::milliseconds limit) {
    std::this_thread::sleep_for(from + 2s - BootClock::now());
    CHECK(soon([&] { return observer->all_live_for(2s); }));
    const BootTime last = observer->seen().last_not_live;
    const double took = last < from ? 0.0 : in_seconds(last - from);
    MESSAGE("all live again after ", took, " s, of ", in_seconds(limit), " s");
    CHECK(took <= kSlack * in_seconds(limit));
  }

  std::uint64_t count(Counter which) {
    Reader reader = here.reader();
    return counter_of(reader, which);
  }

  sim::Exchange exchange;
  std::unique_ptr<LoopbackProxy> proxy;
  Installation here;
  std::unique_ptr<Observer> observer;
  std::unique_ptr<Program> daemon;
};

/// For as long as that, a daemon compares, and knows how late ticks are, how long they pause and
/// whether the exchange answers pings.
constexpr auto kStarted = 5s;

TEST_CASE("fault 50: the WebSocket is half-open in real time") {
  Scenario at(market(), Rest::directly);
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  const BootTime from = BootClock::now();
  at.proxy->half_open();
  std::this_thread::sleep_for(6s);
  at.check_recovery(from, 5s);
  at.check(3s);
}

TEST_CASE("fault 50: the path to the exchange swallows everything for 6 s in real time") {
  Scenario at;
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  at.proxy->swallow(true);
  std::this_thread::sleep_for(6s);
  at.proxy->swallow(false);
  at.check_recovery(BootClock::now(), 2s);
  at.check(3s);
}

TEST_CASE("fault 50: half-open in real time, without REST") {
  Scenario at(market(), Rest::off);
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  const BootTime from = BootClock::now();
  at.proxy->half_open();
  std::this_thread::sleep_for(6s);
  at.check_recovery(from, 6s);
  at.check(4s);
}

TEST_CASE("fault 35: suspended for 3 s in real time: live for no more than a second of it") {
  Scenario at;
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  at.daemon->suspend();
  std::this_thread::sleep_for(3s);
  const BootTime from = BootClock::now();
  at.daemon->signal(SIGCONT);
  at.check_recovery(from, 1s);
  at.check(1200ms);
}

TEST_CASE("fault 51: ticks are late by 5 s from a moment on, in real time") {
  Scenario at;
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  at.exchange.delay_feed(5s);
  std::this_thread::sleep_for(15s);
  CHECK_FALSE(at.observer->all_live_for(1s));
  at.exchange.delay_feed(0s);
  at.check_recovery(BootClock::now(), 3s);
  at.check(3s);
}

TEST_CASE("fault 51: ticks are late by 5 s from the start, in real time") {
  sim::Options options = market();
  options.feed_delay = 5s;
  Scenario at(options);
  INFO("tickcached: ", at.daemon->err());
  // Nothing shows it until REST has told twice.
  std::this_thread::sleep_for(8s);
  MESSAGE("longest wrong at the start ", in_seconds(at.observer->seen().longest_wrong), " s");
  CHECK(at.observer->seen().steps_back == 0);
  at.observer->forget();
  std::this_thread::sleep_for(12s);
  CHECK_FALSE(at.observer->all_live_for(1s));
  at.exchange.delay_feed(0s);
  at.check_recovery(BootClock::now(), 3s);
  at.check(3s);
}

TEST_CASE("fault 52: the ticks of 10 s are retained and replayed, in real time") {
  Scenario at;
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  at.exchange.retain(true);
  std::this_thread::sleep_for(10s);
  at.exchange.retain(false);
  at.check_recovery(BootClock::now(), 5s);
  at.check(3s);
}

TEST_CASE("fault 53: the exchange's clock steps by 5 s and back, in real time") {
  Scenario at;
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  for (const auto step : {5s, 0s}) {
    at.exchange.step_clock(step);
    at.check_recovery(BootClock::now(), 6s);
  }
  at.check(3s);
}

TEST_CASE("fault 54: all ticks are lost for 5 s and for 15 s, in real time") {
  Scenario at;
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  for (const auto span : {5s, 15s}) {
    at.exchange.lose(true);
    std::this_thread::sleep_for(span);
    at.exchange.lose(false);
    at.check_recovery(BootClock::now(), 8s);
    at.check(8s);
  }
  CHECK(at.count(Counter::healed) > 0);
}

TEST_CASE("fault 55: one symbol's ticks are lost for good, in real time") {
  Scenario at;
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  at.exchange.lose_symbol("BTCUSDT", true);
  std::this_thread::sleep_for(20s);
  const Observed seen = at.check(8s);
  CHECK(in_seconds(seen.longest_wrong) > 0);
  CHECK(at.count(Counter::healed) > 0);
  CHECK(at.count(Counter::drops) == 0);
}

TEST_CASE("fault 6: the connections are reset: all 620 prices are live again, in real time") {
  Scenario at;
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  const BootTime from = BootClock::now();
  CHECK(at.proxy->cut() > 0);
  at.check_recovery(from, 1s);
  at.check(3s);
  CHECK(at.count(Counter::drops) == 1);
}

TEST_CASE(
    "fault 57: REST answers wrongly in every way, in real time: the feed goes on as without") {
  Scenario at;
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  using sim::RestMode;
  for (const RestMode mode :
       {RestMode::absent, RestMode::refused, RestMode::error, RestMode::redirect, RestMode::huge,
        RestMode::bad_json, RestMode::empty, RestMode::stale, RestMode::cached, RestMode::html,
        RestMode::hangs}) {
    at.exchange.rest(mode);
    std::this_thread::sleep_for(2s);
  }
  at.exchange.rest(RestMode::ok);
  const Observed seen = at.check(3s);
  CHECK(seen.alarms == 0);
  CHECK(at.count(Counter::healed) == 0);
  CHECK(at.count(Counter::drops) == 0);
  CHECK(at.count(Counter::rest_failed) > 0);
  CHECK(at.count(Counter::rest_rejected) > 0);
}

/// How long a healthy market is watched; TICKCACHE_TRUST_SECONDS in the environment asks for more.
std::chrono::seconds watched() {
  const char* const asked = std::getenv("TICKCACHE_TRUST_SECONDS");
  return std::chrono::seconds(asked == nullptr ? 20 : std::atoi(asked));
}

TEST_CASE("fault 58: REST is ahead of healthy ticks by up to 1.5 s, in real time") {
  sim::Options options = market();
  options.rest_lead = {0ms, 1500ms};
  Scenario at(options);
  INFO("tickcached: ", at.daemon->err());
  at.settle(kStarted);
  std::this_thread::sleep_for(watched());
  const Observed seen = at.check(3s);
  CHECK(seen.alarms == 0);
  CHECK(to_string(seen.first_alarm) == std::string("none"));
  CHECK(at.count(Counter::healed) == 0);
  CHECK(at.count(Counter::drops) == 0);
}

}  // namespace
}  // namespace tickcache::test
