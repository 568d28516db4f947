// Faults before anything is said: refused, black-holed, unresolved, never answered.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <atomic>
#include <vector>

#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

/// Begins the resolver's life with a fault.
daemon::Resolve resolver_that(const std::function<void(daemon::Resolved)>& does) {
  return [does](const std::string&, std::uint16_t, daemon::Resolved resolved) {
    does(std::move(resolved));
  };
}

/// No connection may take its successor's way: every attempt failed as `log` says, and was counted.
void check_failures(RunningDaemon& daemon, const std::string& log) {
  CHECK(soon([&] { return daemon.count(Counter::failures) >= 3; }));
  CHECK(daemon.count(Counter::connects) == 0);
  CHECK(daemon.log().has(log));
  CHECK(daemon.log().has("next attempt in 0.02 s"));
}

}  // namespace

TEST_CASE("fault 1: connection refused: retried until somebody listens") {
  BoundSocket nobody;
  RunningDaemon daemon({.port = nobody.port()});
  check_failures(daemon, "cannot connect (Connection refused)");
  CHECK(daemon.ticker().freshness == Freshness::missing);

  REQUIRE(listen(nobody.fd(), 1) == 0);
  CHECK(soon([&] { return daemon.status().connections[0].state == ConnectionState::connecting; }));
  const int accepted = accept(nobody.fd(), nullptr, nullptr);
  CHECK(accepted >= 0);
  close(accepted);
}

TEST_CASE("fault 2: the first address is black-holed: the next one is tried in time") {
  BlackHole hole("127.0.0.2");
  Hostile exchange({good_session()});
  CHECK(daemon::SessionSettings{}.address_timeout <= 5s);
  const auto begin = std::chrono::steady_clock::now();
  RunningDaemon daemon(
      {.url = "ws://localhost:1", .adjust = [&](daemon::SessionSettings& settings) {
         settings.address_timeout = 200ms;
         settings.resolve = fixed_resolver(
             settings.resolve, {{"127.0.0.2", hole.port()}, {"127.0.0.1", exchange.port()}});
       }});
  CHECK(recovers(daemon));
  CHECK(exchange.accepted().front() - begin >= 200ms);  // it was a black hole
  CHECK(exchange.connections() == 1);
  CHECK(daemon.count(Counter::failures) == 0);
}

TEST_CASE("fault 2: every address is tried, a refused one at once") {
  BoundSocket refuses("127.0.0.3");
  Hostile exchange({good_session()});
  RunningDaemon daemon(
      {.url = "ws://localhost:1", .adjust = [&](daemon::SessionSettings& settings) {
         settings.resolve = fixed_resolver(
             settings.resolve, {{"127.0.0.3", refuses.port()}, {"127.0.0.1", exchange.port()}});
       }});
  CHECK(recovers(daemon));
  CHECK(daemon.count(Counter::failures) == 0);
}

TEST_CASE("fault 3: DNS hangs: timeout and retry; stop does not wait for it") {
  std::atomic<int> asked{0};
  RunningDaemon daemon(
      {.url = "ws://localhost:1", .adjust = [&](daemon::SessionSettings& settings) {
         settings.resolve_timeout = 50ms;
         settings.resolve =
             resolver_that([&asked, kept = std::make_shared<std::vector<daemon::Resolved>>()](
                               daemon::Resolved resolved) {
               kept->push_back(std::move(resolved));
               ++asked;
             });
       }});
  check_failures(daemon, "connecting took too long");
  CHECK(asked >= 3);
  CHECK(daemon.stop());
  CHECK(daemon.ended(0ms) == 0);
}

TEST_CASE("fault 3: DNS hangs for ever: stop does not") {
  std::atomic<int> asked{0};
  RunningDaemon daemon(
      {.url = "ws://localhost:1", .adjust = [&](daemon::SessionSettings& settings) {
         settings.resolve = resolver_that([&](const daemon::Resolved&) { ++asked; });
       }});
  CHECK(soon([&] { return asked == 1; }));
  CHECK(daemon.stop());
  CHECK(daemon.ended(0ms) == 0);
}

TEST_CASE("fault 3: NXDOMAIN: backoff") {
  RunningDaemon daemon(
      {.url = "ws://localhost:1", .adjust = [&](daemon::SessionSettings& settings) {
         settings.resolve = [system = settings.resolve](const std::string&, std::uint16_t,
                                                        const daemon::Resolved& resolved) {
           system("127.0.0.1", 1, [resolved](auto, const auto&) {
             resolved(boost::asio::error::host_not_found, {});
           });
         };
       }});
  check_failures(daemon, "the host name cannot be resolved (Host not found");
}

TEST_CASE("fault 3: a resolver that finds no address at all") {
  RunningDaemon daemon(
      {.url = "ws://localhost:1", .adjust = [&](daemon::SessionSettings& settings) {
         settings.resolve = fixed_resolver(settings.resolve, {});
       }});
  check_failures(daemon, "the host name cannot be resolved");
}

TEST_CASE("fault 4: the upgrade is never answered: timeout, retry") {
  Hostile exchange({[](Peer& peer) { peer.read_request(), peer.hold(); },
                    [](Peer& peer) {
                      // A byte at a time is no answer either.
                      const std::string request = peer.read_request();
                      for (const char c : switching_protocols(request)) {
                        if (!peer.send({&c, 1})) return;
                        peer.pause(20ms);
                      }
                    },
                    good_session()});
  RunningDaemon daemon({.port = exchange.port(), .adjust = [](daemon::SessionSettings& settings) {
                          settings.handshake_timeout = 200ms;
                        }});
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 3);
  CHECK(daemon.count(Counter::failures) == 2);
  CHECK(daemon.log().has("connecting took too long"));
}
