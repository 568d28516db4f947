// Faults in the answer to the upgrade.
#include <doctest/doctest.h>

#include <string>

#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

/// Answers every upgrade with `response` and closes.
Script answers(std::string response) {
  return [response = std::move(response)](Peer& peer) {
    peer.read_request();
    peer.send(response);
  };
}

/// What a handshake is answered with; `request` is the client's.
using Answer = std::string (*)(std::string_view request);

struct BadHandshake {
  std::string what;
  Answer answer;
  const char* log;  ///< part of the reason
};

std::string without(std::string response, const std::string& line_with) {
  const std::size_t at = response.find(line_with);
  return response.erase(at, response.find("\r\n", at) + 2 - at);
}

std::string replaced(std::string response, const std::string& what, const std::string& by) {
  return response.replace(response.find(what), what.size(), by);
}

const BadHandshake kBadHandshakes[] = {
    {"wrong Accept",
     [](auto request) {
       return replaced(switching_protocols(request), accept_for(request),
                       "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
     },
     "Sec-WebSocket-Accept"},
    {"no Accept",
     [](auto request) { return without(switching_protocols(request), "Sec-WebSocket-Accept"); },
     "Sec-WebSocket-Accept"},
    {"no Upgrade", [](auto request) { return without(switching_protocols(request), "Upgrade: "); },
     "Upgrade"},
    {"another Upgrade",
     [](auto request) { return replaced(switching_protocols(request), "websocket", "h2c"); },
     "Upgrade"},
    {"no Connection",
     [](auto request) { return without(switching_protocols(request), "Connection: "); },
     "Connection"},
    {"HTTP/1.0",
     [](auto request) { return replaced(switching_protocols(request), "HTTP/1.1", "HTTP/1.0"); },
     "HTTP"},
    {"a header over 8 KiB",
     [](auto request) {
       return switching_protocols(request, "X-Long: " + std::string(9000, 'x') + "\r\n");
     },
     "header limit exceeded"},
    {"a header without an end",
     [](auto request) { return switching_protocols(request).substr(0, 60); }, "handshake failed"},
    {"an extension that was not asked for",
     [](auto request) {
       return switching_protocols(request, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
     },
     "unasked-for extension"},
    {"a subprotocol that was not asked for",
     [](auto request) { return switching_protocols(request, "Sec-WebSocket-Protocol: mqtt\r\n"); },
     "unasked-for subprotocol"},
    {"no HTTP at all", [](auto) { return std::string("\x00\xff\x00 hello\r\n\r\n", 13); },
     "handshake failed"},
};

/// Milliseconds between the first two connections.
double first_gap_ms(const Hostile& exchange) {
  const auto accepted = exchange.accepted();
  return std::chrono::duration<double, std::milli>(accepted.at(1) - accepted.at(0)).count();
}

}  // namespace

TEST_CASE("fault 9: 429 or 503 with Retry-After: waits at least that long") {
  for (const std::string status : {"429 Too Many Requests", "503 Service Unavailable"}) {
    CAPTURE(status);
    Hostile exchange(
        {answers("HTTP/1.1 " + status + "\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"),
         good_session()});
    RunningDaemon daemon({.port = exchange.port()});
    CHECK(recovers(daemon));
    CHECK(first_gap_ms(exchange) >= 1000);
    CHECK(exchange.connections() == 2);
  }
}

TEST_CASE("fault 9: Retry-After is bounded by 60 s, and stop does not wait for it") {
  Hostile exchange(
      {answers("HTTP/1.1 503 Busy\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n")});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(soon([&] { return daemon.log().has("HTTP 503; next attempt in 60 s"); }));
  CHECK(daemon.stop());
}

TEST_CASE("fault 9: 429 or 503 without Retry-After, or with nonsense: the ordinary backoff") {
  Hostile exchange({answers("HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n"),
                    answers("HTTP/1.1 503 Busy\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n"),
                    answers("HTTP/1.1 503 Busy\r\nRetry-After: -5\r\nContent-Length: 0\r\n\r\n"),
                    good_session()});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 4);
}

TEST_CASE("fault 10: 3xx is not followed, but retried as a failure") {
  Hostile elsewhere({good_session()});
  const std::string location =
      "\r\nLocation: ws://127.0.0.1:" + std::to_string(elsewhere.port()) + "/ws/v1\r\n";
  Hostile exchange({answers("HTTP/1.1 301 Moved" + location + "Content-Length: 0\r\n\r\n"),
                    answers("HTTP/1.1 302 Found" + location + "Content-Length: 0\r\n\r\n"),
                    answers("HTTP/1.1 307 There" + location + "Content-Length: 0\r\n\r\n"),
                    answers("HTTP/1.1 308 There" + location + "Content-Length: 0\r\n\r\n"),
                    good_session()});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 5);
  CHECK(elsewhere.connections() == 0);
  CHECK(daemon.log().has("the exchange answered HTTP 301"));
}

TEST_CASE("fault 11: a wrong answer to the upgrade is refused and retried") {
  for (const BadHandshake& bad : kBadHandshakes) {
    CAPTURE(bad.what);
    Hostile exchange({[&](Peer& peer) {
                        // A client that takes it gets a tick, and is found out.
                        peer.send(bad.answer(peer.read_request()));
                        peer.text(tick("WRONG", "1"));
                      },
                      good_session()});
    RunningDaemon daemon({.port = exchange.port()});
    CHECK(recovers(daemon));
    CHECK(exchange.connections() == 2);
    CHECK_FALSE(daemon.ticker("WRONG").has_value);
    CHECK(daemon.count(Counter::connects) == 1);
    CAPTURE(daemon.log().text());
    CHECK(daemon.log().has(bad.log));
  }
}

TEST_CASE("fault 11: empty extension and subprotocol fields choose nothing") {
  Hostile exchange({[&](Peer& peer) {
    peer.send(switching_protocols(peer.read_request(),
                                  "Sec-WebSocket-Extensions: \r\nSec-WebSocket-Protocol:\r\n"));
    serve_well(peer);
  }});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 1);
}

TEST_CASE("fault 12: 101 and the first frames in one segment: every frame is delivered") {
  for (const int count : {1, 3, 200}) {
    for (const std::size_t padding : {0U, 1000U, 3000U, 7000U}) {
      CAPTURE(count);
      CAPTURE(padding);
      std::string frames;
      for (int i = 1; i <= count; ++i) {
        frames += text_frame(tick("S" + std::to_string(i), std::to_string(i)));
      }
      Hostile exchange({[&](Peer& peer) {
        const std::string more =
            padding == 0 ? "" : "X-Padding: " + std::string(padding, 'x') + "\r\n";
        peer.send(switching_protocols(peer.read_request(), more) + frames);
        peer.hold();
      }});
      RunningDaemon daemon({.port = exchange.port()});
      CHECK(soon([&] { return daemon.count(Counter::ticks) == static_cast<unsigned>(count); }));
      CHECK(daemon.ticker("S1").value.price().str() == "1");
      const auto last = daemon.ticker("S" + std::to_string(count));
      CHECK(last.value.price().str() == std::to_string(count));
      CHECK(last.live());
    }
  }
}

TEST_CASE("fault 9: an HTTP error whose last chunk comes in pieces") {
  Hostile exchange(
      {[](Peer& peer) {
         peer.read_request();
         for (const std::string_view piece :
              {"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n", "\r", "\n"}) {
           peer.send(piece);
           peer.pause(20ms);
         }
         peer.wait_until_gone();
       },
       good_session()});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 2);
  CHECK(daemon.log().has("HTTP 503"));
}
