// SIGTERM and SIGINT, in whatever state tickcached is.
#include <signal.h>

#include "e2e/installation.hpp"
#include "support/loopback_port.hpp"

namespace tickcache::test {
namespace {

void check_stops(Program& daemon, Reader& reader, int signal) {
  daemon.signal(signal);
  CHECK(daemon.wait() == 0);
  CHECK(status_of(reader)->run_state == RunState::stopped);
  CHECK(status_of(reader)->reason == Reason::stopped);
  CHECK(has(daemon.err(), signal == SIGTERM ? "SIGTERM" : "SIGINT"));
}

TEST_CASE("fault 44: SIGTERM and SIGINT while data flows: a closing handshake and exit code 0") {
  sim::Options options;
  options.rate = 10'000;
  sim::Exchange exchange(options);
  exchange.start();
  for (const int signal : {SIGTERM, SIGINT}) {
    Installation here;
    Reader reader = here.reader();
    const auto daemon = here.start(everything_from(exchange));
    INFO("tickcached: ", daemon->err());
    REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
    check_stops(*daemon, reader, signal);
    CHECK(reader.ticker("BTCUSDT").has_value);
    CHECK(exchange.wait_for([](const sim::Counts& sent) { return sent.connections == 0; },
                            kPatience));
  }
}

TEST_CASE("fault 44: SIGTERM while the exchange does not answer the upgrade: exit code 0") {
  const LoopbackPort silent(PortUse::is_silent);
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start({"--url", silent.url()});
  INFO("tickcached: ", daemon->err());
  REQUIRE(
      soon([&] { return status_of(reader)->connections[0].state == ConnectionState::connecting; }));
  check_stops(*daemon, reader, SIGTERM);
}

TEST_CASE("fault 44: SIGTERM while waiting for the next attempt: exit code 0") {
  const LoopbackPort closed(PortUse::refuses);
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start({"--url", closed.url(), "--backoff-min", "60"});
  INFO("tickcached: ", daemon->err());
  REQUIRE(
      soon([&] { return status_of(reader)->connections[0].state == ConnectionState::waiting; }));
  CHECK(status_of(reader)->feed == Freshness::stale);
  CHECK(counter_of(reader, Counter::failures) == 1);
  check_stops(*daemon, reader, SIGTERM);
}

}  // namespace
}  // namespace tickcache::test
