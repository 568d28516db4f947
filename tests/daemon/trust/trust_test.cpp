// Whether a price that is called live is the exchange's, judged by an observer that knows, through
// every fault of rows 50 to 58 that ticks and answers can show.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "support/sanitizers.hpp"
#include "tests/daemon/trust/world.hpp"

namespace tickcache::test {
namespace {

constexpr unsigned kSeed = 20'261'126;

Market busy() { return {}; }

/// Three symbols, and a tick in so many seconds.
Market quiet(double every) {
  Market market;
  market.symbols = 3;
  market.rate = 1 / every;
  market.alike = true;
  return market;
}

/// Runs the market undisturbed for long enough to know it.
void settle(World& world, double span = 90) {
  world.run(seconds(span));
  world.observe();
}

double in_seconds(Time span) { return std::chrono::duration<double>(span).count(); }

/// All is well again, `within` seconds after the faults have ended.
void recover(World& world, double within) {
  world.faults = {};
  const Time ended = world.now();
  world.run(seconds(20));
  CHECK(world.all_live());
  CHECK(in_seconds(world.observed().last_not_live - ended) <= within);
}

}  // namespace

TEST_CASE("a healthy market: no alarm, nothing healed, no step back, whatever the lead of REST") {
  CAPTURE(kSeed);
  for (const double lead : {0.0, 0.5, 1.5}) {
    CAPTURE(lead);
    Market market = busy();
    market.lead = seconds(lead);
    World world(market, kSeed);
    settle(world, 10);
    world.run(seconds(200));
    const Observed& seen = world.observed();
    CHECK(seen.alarms == 0);
    CHECK(seen.steps_back == 0);
    CHECK(in_seconds(seen.longest_wrong) <= 1.8);
    CHECK(world.count(Counter::healed) == 0);
    CHECK(world.replacements() == 0);
  }
}

// How long ticks may pause is known after a few seconds already.
constexpr std::array kAges{5.0, 90.0};

TEST_CASE("fault 50: a half-open connection at 2,000 ticks/s") {
  for (const double age : kAges) {
    CAPTURE(age);
    World world(busy(), kSeed);
    settle(world, age);
    world.faults.path_dead = true;
    world.run(seconds(1));
    world.faults = {};  // a new connection works
    world.run(seconds(10));
    CHECK(world.replacements() == 1);
    CHECK(world.all_live());
    CHECK(in_seconds(world.observed().longest_wrong) <= 3);
    CHECK(world.observed().steps_back == 0);
  }
}

TEST_CASE("fault 50: nothing gets through, REST neither") {
  for (const double age : kAges) {
    for (const double span : {4.0, 30.0}) {
      CAPTURE(age);
      CAPTURE(span);
      World world(busy(), kSeed);
      settle(world, age);
      world.faults.all_dead = true;
      world.run(seconds(span));
      CHECK(in_seconds(world.observed().longest_wrong) <= 3);
      recover(world, 2);
    }
  }
}

TEST_CASE("fault 50: a half-open connection, without REST") {
  for (const double age : kAges) {
    CAPTURE(age);
    World world(busy(), kSeed, Time(0));
    settle(world, age);
    world.faults.path_dead = true;
    world.run(seconds(1));
    world.faults = {};
    world.run(seconds(10));
    CHECK(world.replacements() == 1);
    CHECK(in_seconds(world.observed().longest_wrong) <= 4);
  }
}

TEST_CASE("fault 51: a feed that is late, from a moment on and from the start") {
  for (const double delay : {3.0, 5.0, 60.0}) {
    CAPTURE(delay);
    World world(busy(), kSeed);
    settle(world);
    world.faults.delay = seconds(delay);
    world.run(seconds(delay + 20));
    CHECK(in_seconds(world.observed().longest_wrong) <= 3);
    CHECK(world.look(0).reason == Reason::lagging);
    CHECK(world.observed().steps_back == 0);
    recover(world, 8);
  }
  for (const double delay : {3.0, 5.0, 60.0}) {
    CAPTURE(delay);
    Market market = busy();
    market.late = seconds(delay);
    World world(market, kSeed);
    world.run(seconds(4));
    CHECK(world.look(0).reason == Reason::lagging);
    world.run(seconds(4));
    CHECK(world.observed().steps_back == 0);
    world.observe();
    world.run(seconds(90));
    CHECK(world.look(0).reason == Reason::lagging);
    CHECK(in_seconds(world.observed().longest_wrong) <= 3);
    CHECK(world.observed().steps_back == 0);
    recover(world, 8);
  }
}

TEST_CASE("fault 52: retained ticks are replayed") {
  World world(busy(), kSeed);
  settle(world);
  world.faults.retained = true;
  world.run(seconds(40));
  recover(world, 8);
  CHECK(in_seconds(world.observed().longest_wrong) <= 3);
  CHECK(world.observed().steps_back == 0);
}

TEST_CASE("fault 53: the exchange's clock steps") {
  for (const double step : {5.0, -5.0}) {
    CAPTURE(step);
    World world(busy(), kSeed);
    settle(world);
    world.faults.clock = seconds(step);
    const Time from = world.now();
    world.run(seconds(60));
    CHECK(world.all_live());
    CHECK(in_seconds(world.observed().last_not_live - from) <= 6);
    CHECK(in_seconds(world.observed().longest_wrong) <= 3);
  }
}

TEST_CASE("fault 54: the ticks of all symbols are lost") {
  for (const double span : {5.0, 30.0}) {
    CAPTURE(span);
    World world(busy(), kSeed);
    settle(world);
    world.faults.lost = true;
    world.run(seconds(span));
    recover(world, 8);
    CHECK(in_seconds(world.observed().longest_wrong) <= 8);
    CHECK(world.observed().steps_back == 0);
    CHECK(world.count(Counter::healed) > 0);
  }
}

TEST_CASE("fault 55: one symbol's ticks are lost for good") {
  World world(busy(), kSeed);
  settle(world);
  world.faults.lost_symbol = 30;
  world.run(seconds(120));
  CHECK(in_seconds(world.observed().longest_wrong) <= 8);
  CHECK(world.count(Counter::healed) > 0);
  CHECK(world.replacements() == 0);
}

TEST_CASE("fault 56: weeks of quiet, bursty and mixed markets have no alarm") {
  struct Case {
    const char* name;
    Market market;
    double days;
  };
  const double days = kAddressSanitizer || kThreadSanitizer ? 0.02 : 7;
  Market mixed = quiet(0.05);
  mixed.symbols = 5;
  mixed.scale = [](Time at) { return at / seconds(3600) % 2 == 0 ? 1.0 : 0.0005; };
  Market bursty = quiet(0.5);
  bursty.lead = seconds(1.5);
  for (const Case& each :
       {Case{"a tick in 20 s", quiet(20), days}, Case{"a tick a minute", quiet(60), days},
        Case{"bursty", bursty, days / 4}, Case{"mixed", mixed, days / 4}}) {
    CAPTURE(std::string(each.name));
    World world(each.market, kSeed);
    settle(world, 700);
    world.run(seconds(each.days * 86'400));
    CHECK(world.observed().alarms == 0);
    CHECK(world.observed().steps_back == 0);
    CHECK(in_seconds(world.observed().longest_wrong) <= 3);
    CHECK(world.count(Counter::healed) == 0);
    CHECK(world.replacements() == 0);
  }
}

TEST_CASE("fault 57: REST fails, is empty, or a cache answers") {
  World failing(busy(), kSeed);
  settle(failing);
  failing.faults.rest_fails = true;
  failing.run(seconds(200));
  CHECK(failing.observed().alarms == 0);
  CHECK(failing.all_live());

  World empty(busy(), kSeed);  // the exchange's own store is down: no ticks, no prices
  settle(empty);
  empty.faults.rest_empty = true;
  empty.run(seconds(20));
  CHECK(in_seconds(empty.observed().longest_wrong) <= 3.5);
  recover(empty, 8);

  World cached(busy(), kSeed);
  settle(cached);
  cached.faults.rest_cached = seconds(10);
  cached.run(seconds(120));
  CHECK(cached.observed().alarms == 0);
  CHECK(cached.observed().steps_back == 0);
  CHECK(cached.count(Counter::healed) == 0);
}

TEST_CASE("fault 57: the exchange doubts its own answer, and its health decides") {
  World bad(quiet(60), kSeed);
  bad.faults.rest_doubts = false;
  bad.run(seconds(20));
  CHECK(bad.count(Counter::snapshots) == 0);
  CHECK(bad.count(Counter::audits) == 0);
  CHECK_FALSE(bad.all_live());

  World good(quiet(60), kSeed);
  good.faults.rest_doubts = true;
  good.run(seconds(20));
  CHECK(good.count(Counter::snapshots) > 0);
  CHECK(good.all_live());
}

TEST_CASE("fault 58: an answer races with ticks, and nothing goes back in time") {
  Market market = busy();
  market.lead = seconds(1.5);
  World world(market, kSeed);
  world.faults.rest_takes = seconds(3);
  world.run(seconds(60));
  world.faults.lost_symbol = 3;
  world.run(seconds(60));
  world.faults.lost_symbol.reset();
  world.run(seconds(60));
  CHECK(world.observed().steps_back == 0);
}

}  // namespace tickcache::test
