// Faults in frames: the connection fails, and is replaced.
#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "daemon/sources/websocket/session.hpp"
#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

struct BadFrame {
  std::string what;
  std::string bytes;
  int code;  ///< of the close frame that it is answered with
};

const BadFrame kBadFrames[] = {
    {"masked", bytes_of({.payload = "{}", .masked = true}), 1002},
    {"masked and empty", bytes_of({.payload = "", .masked = true}), 1002},
    {"masked ping", bytes_of({.opcode = kPing, .payload = "x", .masked = true}), 1002},
    {"RSV1", bytes_of({.payload = "{}", .reserved = 4}), 1002},
    {"RSV2", bytes_of({.payload = "{}", .reserved = 2}), 1002},
    {"RSV3", bytes_of({.payload = "{}", .reserved = 1}), 1002},
    {"RSV1 on a ping", bytes_of({.opcode = kPing, .payload = "", .reserved = 4}), 1002},
    {"opcode 3", bytes_of({.opcode = 3, .payload = "x"}), 1002},
    {"opcode 7", bytes_of({.opcode = 7, .payload = ""}), 1002},
    {"opcode 11", bytes_of({.opcode = 11, .payload = "x"}), 1002},
    {"opcode 15", bytes_of({.opcode = 15, .payload = ""}), 1002},
    {"a length with the top bit set",
     bytes_of({.form = LengthForm::eight_bytes, .claimed_length = 1ULL << 63}), 1009},
    {"a length of all ones", bytes_of({.form = LengthForm::eight_bytes, .claimed_length = ~0ULL}),
     1009},
    {"a length that is not the shortest, 16 bits",
     bytes_of({.payload = "{}", .form = LengthForm::two_bytes}), 1002},
    {"a length that is not the shortest, 64 bits",
     bytes_of({.payload = "{}", .form = LengthForm::eight_bytes}), 1002},
    {"fragmented ping", bytes_of({.opcode = kPing, .payload = "x", .fin = false}), 1002},
    {"fragmented close", bytes_of({.opcode = kClose, .payload = "", .fin = false}), 1002},
    {"oversize ping", bytes_of({.opcode = kPing, .payload = std::string(126, 'x')}), 1002},
    {"oversize close", bytes_of({.opcode = kClose, .payload = std::string(126, 'x')}), 1002},
    {"continuation of nothing", bytes_of({.opcode = kContinuation, .payload = "x"}), 1002},
    {"a message inside a message",
     bytes_of({.payload = "a", .fin = false}) + bytes_of({.payload = "b"}), 1002},
    {"close with one byte", bytes_of({.opcode = kClose, .payload = "x"}), 1002},
    {"close with a reason that is no UTF-8", close_frame(1000, "\xff"), 1002},
};

/// Sends `bytes` after a tick, then reads, but keeps the socket open whatever comes.
Script sends_and_stays(std::string bytes, std::atomic<int>& answer) {
  return [bytes = std::move(bytes), &answer](Peer& peer) {
    peer.accept();
    peer.acknowledge(1);
    peer.text(tick("BTCUSDT", "1"));
    peer.send(bytes);
    while (const auto frame = peer.read_frame()) {
      if (frame->opcode == kClose) answer = frame->close_code();
    }
    peer.hold();
  };
}

/// The daemon is back on its second connection before the idle timeout of 40 s.
void check_replaced(const std::string& bytes, int answer_expected) {
  std::atomic<int> answer{0};
  Hostile exchange({sends_and_stays(bytes, answer), good_session("BTCUSDT", "2")});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(soon([&] { return exchange.connections() == 2; }));
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 2);
  CHECK(daemon.count(Counter::drops) == 1);
  if (answer_expected != 0) CHECK(soon([&] { return answer == answer_expected; }));
}

}  // namespace

TEST_CASE("fault 6: TCP is cut without a close: one reconnect") {
  for (const bool with_reset : {false, true}) {
    CAPTURE(with_reset);
    Hostile exchange({[&](Peer& peer) {
                        peer.accept();
                        peer.acknowledge(1);
                        peer.text(tick("BTCUSDT", "1"));
                        peer.pause(50ms);
                        with_reset ? peer.reset() : peer.cut();
                      },
                      good_session("BTCUSDT", "2")});
    RunningDaemon daemon({.port = exchange.port()});
    CHECK(soon([&] { return exchange.connections() == 2; }));
    CHECK(recovers(daemon));
    CHECK_FALSE(soon([&] { return exchange.connections() != 2; }, 300ms));
    CHECK(daemon.count(Counter::drops) == 1);
    CHECK(daemon.count(Counter::failures) == 0);
  }
}

TEST_CASE("fault 6: cut in the middle of a frame, and half-closed") {
  Hostile exchange({[](Peer& peer) {
                      peer.accept();
                      peer.send(text_frame(tick("BTCUSDT", "1")).substr(0, 20));
                      peer.half_close();
                      peer.hold();
                    },
                    good_session("BTCUSDT", "2")});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon));
  CHECK(daemon.ticker().value.price().str() == "2");
  CHECK(exchange.connections() == 2);
}

TEST_CASE("fault 13: a broken rule of framing fails the connection, though the peer stays") {
  for (const BadFrame& bad : kBadFrames) {
    CAPTURE(bad.what);
    check_replaced(bad.bytes, bad.code);
  }
}

TEST_CASE("fault 14: a message over the limit is answered with 1009") {
  const std::string a_mebibyte(daemon::kMaxMessageSize, ' ');
  SUBCASE("claimed") {
    check_replaced(bytes_of({.claimed_length = daemon::kMaxMessageSize + 1}), 1009);
  }
  SUBCASE("sent whole") { check_replaced(text_frame(a_mebibyte + " "), 1009); }
  SUBCASE("in fragments") {
    check_replaced(bytes_of({.payload = a_mebibyte, .fin = false}) +
                       bytes_of({.opcode = kContinuation, .payload = " "}),
                   1009);
  }
}

TEST_CASE("fault 14: a message of the limit is a message") {
  const std::string message = tick("BTCUSDT", "1");
  const std::string padding(daemon::kMaxMessageSize - message.size(), ' ');
  Hostile exchange({[&](Peer& peer) {
    peer.accept(text_frame(message + padding));
    peer.hold();
  }});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 1);
}

TEST_CASE("fault 17: every close code but a rejection leads to a reconnect") {
  for (const int code : {1000, 1001, 1003, 1005, 1006, 1011, 1012, 1013, 1014, 3000, 4000, 4999}) {
    CAPTURE(code);
    Hostile exchange({[&](Peer& peer) {
                        peer.accept();
                        peer.acknowledge(1);
                        peer.text(tick("BTCUSDT", "1"));
                        if (code == 1005) peer.send(close_frame(std::nullopt));
                        if (code != 1005 && code != 1006) {
                          peer.send(close_frame(static_cast<std::uint16_t>(code), "bye"));
                        }
                        if (code != 1006) peer.wait_until_gone();
                      },
                      good_session("BTCUSDT", "2")});
    RunningDaemon daemon({.port = exchange.port()});
    CHECK(soon([&] { return exchange.connections() == 2; }));
    CHECK(recovers(daemon));
    CHECK_FALSE(daemon.ended(0ms).has_value());
    CHECK(exchange.connections() == 2);
  }
}

TEST_CASE("fault 18: a close frame, then no FIN: a bounded reconnect") {
  for (const auto code : {std::optional<std::uint16_t>(1001), std::optional<std::uint16_t>()}) {
    check_replaced(close_frame(code), code ? 1001 : 0);
  }
}

TEST_CASE("fault 18: a close frame from a peer that reads nothing any more") {
  Hostile exchange({[](Peer& peer) {
                      peer.accept();
                      peer.acknowledge(1);
                      peer.send(close_frame(1001));
                      peer.hold();
                    },
                    good_session()});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(soon([&] { return exchange.connections() == 2; }));
  CHECK(recovers(daemon));
}

TEST_CASE("fault 19: a byte now and then, for ever: closed after the last complete message") {
  std::atomic<std::int64_t> lasted_ms{0};
  Hostile exchange({[&](Peer& peer) {
                      peer.accept();
                      peer.acknowledge(1);
                      peer.pause(200ms);
                      const auto last_message = std::chrono::steady_clock::now();
                      peer.text(tick("BTCUSDT", "1"));
                      peer.send(bytes_of({.claimed_length = 100'000}));
                      while (peer.send("x")) peer.pause(50ms);
                      lasted_ms = std::chrono::duration_cast<milliseconds>(
                                      std::chrono::steady_clock::now() - last_message)
                                      .count();
                    },
                    good_session("BTCUSDT", "2")});
  RunningDaemon daemon({.port = exchange.port(), .arguments = {"--idle-timeout=0.5"}});
  CHECK(soon([&] { return lasted_ms != 0; }));
  CHECK(lasted_ms >= 500);
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 2);
}
