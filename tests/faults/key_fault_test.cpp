// The key is rejected, in all the ways there are.
#include <doctest/doctest.h>

#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

struct Rejection {
  std::string what;
  Script script;
};

/// Rejects after the upgrade.
Script closes(std::uint16_t code, bool cuts) {
  return [=](Peer& peer) {
    peer.accept();
    peer.send(close_frame(code, "no"));
    if (!cuts) peer.hold();
    peer.wait_until_gone();
  };
}

Script refuses(std::string response) {
  return [response = std::move(response)](Peer& peer) {
    peer.read_request();
    peer.send(response);
  };
}

const Rejection kRejections[] = {
    {"401", refuses("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")},
    {"403", refuses("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")},
    {"403 with a body",
     refuses("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nConnection: close\r\n\r\nsad\n")},
    {"401, body broken off",
     refuses("HTTP/1.1 401 Unauthorized\r\nContent-Length: 1000\r\n\r\nsad\n")},
    {"403, body that never ends",
     [](Peer& peer) {
       peer.read_request();
       peer.send("HTTP/1.1 403 Forbidden\r\n\r\nsad\n");
       peer.hold();
     }},
    {"401, body ended by the connection", refuses("HTTP/1.1 401 Unauthorized\r\n\r\nsad\n")},
    {"4401", closes(4401, true)},
    {"4001", closes(4001, true)},
    {"1008", closes(1008, true)},
    {"4401, and the socket stays open", closes(4401, false)},
    {"error message",
     [](Peer& peer) {
       peer.accept();
       peer.text(R"({"type": "error", "code": "INVALID_API_KEY", "message": "no"})");
       peer.hold();
     }},
    {"error message about authentication",
     [](Peer& peer) {
       peer.accept();
       peer.text(R"({"type": "error", "code": "AUTH_FAILED", "message": "no"})");
       peer.hold();
     }},
};

const auto kImpatient = [](daemon::SessionSettings& settings) {
  settings.handshake_timeout = 200ms;
};

}  // namespace

TEST_CASE("fault 7: a rejected key stops the daemon for good") {
  for (const Rejection& rejection : kRejections) {
    CAPTURE(rejection.what);
    Hostile exchange({rejection.script});
    RunningDaemon daemon({.port = exchange.port(), .adjust = kImpatient});
    CHECK(daemon.ended() == daemon::kExitAuthentication);
    CHECK(exchange.connections() == 1);
    const Status status = daemon.status();
    CHECK(status.run_state == RunState::auth_failed);
    CHECK(status.feed == Freshness::down);
    CHECK(status.reason == Reason::auth_failed);
    CHECK(daemon.log().has("rejects the API key"));
    CHECK_FALSE(daemon.log().has("ak_live_hostile"));
  }
}

TEST_CASE("fault 8: rejected while resubscribing, after data flowed: grace, then permanent") {
  for (const Rejection& rejection : kRejections) {
    CAPTURE(rejection.what);
    Hostile exchange({[](Peer& peer) {
                        peer.accept();
                        peer.acknowledge(1);
                        peer.text(tick("BTCUSDT", "64521.30"));
                        peer.pause(50ms);
                      },
                      rejection.script});
    RunningDaemon daemon(
        {.port = exchange.port(), .arguments = {"--auth-grace=0.3"}, .adjust = kImpatient});
    CHECK(soon([&] { return daemon.ticker().has_value; }));
    CHECK(daemon.ended() == daemon::kExitAuthentication);
    CHECK(exchange.connections() >= 3);  // retried for the grace
    const auto ticker = daemon.ticker();
    CHECK(ticker.value.price().str() == "64521.30");
    CHECK(ticker.reason == Reason::auth_failed);
    CHECK(daemon.log().has("rejects the API key that it accepted before"));
  }
}

TEST_CASE("fault 8: rejected for a while, as when the exchange's own database fails") {
  Hostile exchange({[](Peer& peer) {
                      peer.accept();
                      peer.acknowledge(1);
                      peer.text(tick("BTCUSDT", "64521.30"));
                      peer.pause(50ms);
                    },
                    refuses("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
                    closes(4401, true), good_session("BTCUSDT", "64522")});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(soon([&] {
    const auto ticker = daemon.ticker();
    return ticker.live() && ticker.value.price().str() == "64522";
  }));
  CHECK(exchange.connections() == 4);
}
