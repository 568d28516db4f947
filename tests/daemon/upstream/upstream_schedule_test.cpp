// The decision machine through thousands of random schedules and through whole days.
//
// TICKCACHE_SCHEDULE_SEED=N runs only the schedule with that seed, TICKCACHE_SCHEDULES=N as many.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/daemon/upstream/upstream_world.hpp"

namespace tickcache::daemon {
namespace {

constexpr int kSteps = 300;

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::vector<Channel> series(std::size_t count, const char* interval) {
  std::vector<Channel> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(candles("S" + std::to_string(i), interval));
  }
  return result;
}

/// Trouble, and then quiet: nothing that is wanted has been lost.
void run_schedule(std::uint64_t seed) {
  CAPTURE(seed);
  Timing timing;
  if (seed % 3 == 0) timing.jitter = 0.3;
  // Half of the schedules are with the platform's server, sometimes a slow one, the others with any
  // mixture.
  const bool slow = seed % 5 == 0;
  std::vector<Dialect> dialects{kDialects[0]};
  if (seed % 4 >= 2 && !slow) dialects.assign(std::begin(kDialects), std::end(kDialects));
  World world{want_all(series(seed % 15, "1m")), timing, dialects, slow, seed};
  world.start();
  for (int step = 0; step < kSteps && !world.stopped(); ++step) {
    CAPTURE(step);
    world.trouble();
  }
  world.quiet(seconds{200}, seconds{1});
  if (!world.stopped()) world.check_complete();
}

TEST_CASE("random schedules") {
  const std::uint64_t only = environment("TICKCACHE_SCHEDULE_SEED", 0);
  if (only != 0) {
    run_schedule(only);
    return;
  }
  const std::uint64_t schedules = environment("TICKCACHE_SCHEDULES", 2000);
  for (std::uint64_t seed = 1; seed <= schedules; ++seed) run_schedule(seed);
}

TEST_CASE("a day with each kind of exchange: no avoidable disconnect, nothing missing") {
  for (const Dialect& dialect : kDialects) {
    CAPTURE(dialect.name);
    World world{want_all(series(12, "1m")), {}, {dialect}, false, 1};
    world.start();
    world.quiet(std::chrono::hours{24}, seconds{60});
    world.check_complete();
    CHECK(world.opened() == 2);
    CHECK(world.lost() == 0);
  }
}

TEST_CASE("a day of silence: the pings keep the connection, the channels stay as they are") {
  World world{want_all(), {}, {kDialects[0]}, false, 1};
  world.start();
  world.quiet(std::chrono::hours{24}, std::chrono::hours{48});
  world.check_complete();
  CHECK(world.opened() == 1);
  CHECK(world.lost() == 0);
}

}  // namespace
}  // namespace tickcache::daemon
