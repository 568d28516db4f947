// Connections that come and go: when they are tried again, and what readers see meanwhile.
#include <doctest/doctest.h>

#include <vector>

#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

/// Milliseconds between connection `i` and the next.
double gap_ms(const std::vector<SteadyTime>& accepted, std::size_t i) {
  return std::chrono::duration<double, std::milli>(accepted.at(i + 1) - accepted.at(i)).count();
}

/// Upgrades, and drops the connection.
const Script kDrops = [](Peer& peer) { peer.accept(); };

}  // namespace

TEST_CASE("fault 24: accepts, then drops, in a loop: the backoff keeps growing") {
  Hostile exchange({kDrops, kDrops, kDrops, kDrops, kDrops, kDrops, good_session()});
  RunningDaemon daemon(
      {.port = exchange.port(), .arguments = {"--backoff-min=0.05", "--backoff-max=0.4"}});
  CHECK(recovers(daemon));
  const auto accepted = exchange.accepted();
  REQUIRE(accepted.size() == 7);
  const double promised[] = {50, 100, 200, 400, 400, 400};
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(gap_ms(accepted, i) >= promised[i]);
  }
}

TEST_CASE("what was received before a drop is stale until it comes again") {
  std::atomic<bool> drop{false};
  std::atomic<bool> answer{false};
  std::atomic<bool> price{false};
  Hostile exchange({[&](Peer& peer) {
                      peer.accept();
                      peer.acknowledge(1);
                      peer.text(tick("BTCUSDT", "1"));
                      while (!drop) peer.pause(2ms);
                    },
                    [&](Peer& peer) {
                      while (!answer) peer.pause(2ms);
                      peer.accept();
                      peer.acknowledge(1);
                      while (!price) peer.pause(2ms);
                      serve_well(peer, "BTCUSDT", "2");
                    }});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon));
  drop = true;
  CHECK(soon([&] { return daemon.ticker().reason == Reason::reconnecting; }));
  answer = true;
  CHECK(soon([&] { return daemon.ticker().reason == Reason::previous_epoch; }));
  CHECK(daemon.ticker().freshness == Freshness::stale);
  CHECK(daemon.ticker().value.price().str() == "1");
  price = true;
  CHECK(recovers(daemon));
  CHECK(daemon.ticker().value.price().str() == "2");
}
