// The machine sleeps: CLOCK_BOOTTIME goes on without the process, and the clock that its timers run
// on stands still. Here only the first of the two is moved, as the kernel does after a sleep.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

namespace {

std::atomic<std::int64_t> slept_ns{0};

}  // namespace

/// In the place of the C library's, for this whole program.
extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  if (clock != CLOCK_BOOTTIME || result != 0) return result;
  // Alone: the daemon's thread need not see anything else that the test did.
  const std::int64_t whole = now->tv_nsec + slept_ns.load(std::memory_order_relaxed);
  now->tv_sec += whole / 1'000'000'000;
  now->tv_nsec = whole % 1'000'000'000;
  return result;
}

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

void sleep_for(std::chrono::nanoseconds span) {
  slept_ns.fetch_add(span.count(), std::memory_order_relaxed);  // as in clock_gettime()
}

TEST_CASE("fault 28: a wait that is nearly over when the machine wakes is not begun anew") {
  BoundSocket nobody;
  const auto begin = std::chrono::steady_clock::now();
  RunningDaemon daemon(
      {.port = nobody.port(), .arguments = {"--backoff-min=60", "--backoff-max=60"}});
  REQUIRE(soon([&] { return daemon.count(Counter::failures) == 1; }));
  sleep_for(59s);
  // A second is left, and not the minute for which the timer was set.
  CHECK(soon([&] { return daemon.count(Counter::failures) == 2; }));
  CHECK(std::chrono::steady_clock::now() - begin >= 1s);
}

TEST_CASE("fault 28: a wait that was over while the machine slept ends at once") {
  BoundSocket nobody;
  RunningDaemon daemon(
      {.port = nobody.port(), .arguments = {"--backoff-min=60", "--backoff-max=60"}});
  REQUIRE(soon([&] { return daemon.count(Counter::failures) == 1; }));
  sleep_for(600s);
  CHECK(soon([&] { return daemon.count(Counter::failures) == 2; }));
}

TEST_CASE("fault 28: a connection that was open before a sleep is replaced at once") {
  Hostile exchange({good_session(), good_session()});
  RunningDaemon daemon(
      {.port = exchange.port(), .arguments = {"--backoff-min=60", "--backoff-max=60"}});
  REQUIRE(recovers(daemon));
  const std::uint32_t epoch = daemon.status().connections[0].epoch;
  sleep_for(600s);
  CHECK(soon([&] { return daemon.status().connections[0].epoch == epoch + 1; }));
  CHECK(recovers(daemon));
  CHECK(daemon.log().has("the daemon was not running for a while; reconnecting"));
  CHECK(daemon.count(Counter::failures) == 0);
}

}  // namespace
