// busy-poll and cpu-affinity: a loop that never sleeps does all that the other does.
#include <signal.h>

#include <fstream>
#include <sstream>
#include <string>

#include "daemon/core/processors.hpp"
#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

using daemon::Processors;

/// A line of the main thread's status, behind its name.
std::string status_line(const Program& program, const std::string& name) {
  const std::string pid = std::to_string(program.pid());
  std::ifstream file("/proc/" + pid + "/task/" + pid + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
  }
  return {};
}

/// The number of a processor that this thread may use.
int some_processor() {
  for (int number = 0; number < CPU_SETSIZE; ++number) {
    const Processors before = Processors::allowed();
    const bool possible = Processors::only(static_cast<unsigned>(number)).confine() == 0;
    REQUIRE(before.confine() == 0);
    if (possible) return number;
  }
  FAIL("no processor");
  return 0;
}

TEST_CASE("with busy-poll the loop never sleeps, and serves timers, signals and the exchange") {
  sim::Options options;
  options.rate = 1000;
  sim::Exchange exchange(options);
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const std::string processor = std::to_string(some_processor());
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(), {"--busy-poll", "--cpu-affinity", processor});
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  CHECK(status_line(*daemon, "Cpus_allowed_list") == processor);

  const auto sleeps = [&] { return std::stoull(status_line(*daemon, "voluntary_ctxt_switches")); };
  const std::uint64_t slept = sleeps();
  const std::uint64_t ticks = counter_of(reader, Counter::ticks);
  REQUIRE(soon([&] { return counter_of(reader, Counter::ticks) > ticks + 1000; }));
  // The heartbeats of that time alone would be more.
  CHECK(sleeps() - slept < 5);

  daemon->signal(SIGHUP);
  CHECK(soon([&] { return has(daemon->err(), "the configuration was read again"); }));
  CHECK(exchange.drop_all() == 1);
  CHECK(soon([&] { return !reader.ticker("BTCUSDT").live(); }));
  CHECK(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  daemon->signal(SIGTERM);
  CHECK(daemon->wait() == 0);
  CHECK(status_of(reader)->run_state == RunState::stopped);
}

TEST_CASE("busy-poll on the only processor, and a processor that is not there, are warned of") {
  sim::Exchange exchange{sim::Options()};
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  auto arguments = everything_from(exchange);
  arguments.insert(arguments.end(), {"--busy-poll", "--cpu-affinity=1023"});
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return is_up(reader); }));
  daemon->signal(SIGTERM);
  CHECK(daemon->wait() == 0);
  CHECK(has(daemon->err(), "cpu-affinity: processor 1023 cannot be used"));
  const bool is_only = Processors::online() == 1;
  CHECK(has(daemon->err(), "busy-poll takes the only processor that there is") == is_only);
}

}  // namespace
}  // namespace tickcache::test
