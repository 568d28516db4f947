// Faults that show in the process as a whole.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <string>

#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"
#include "tests/faults/tickcached.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMebibyte = std::size_t{1} << 20;

/// A sanitizer has a memory and a pace of its own.
#ifdef TICKCACHE_SANITIZED
constexpr bool kMeasured = false;
#else
constexpr bool kMeasured = true;
#endif

std::string url_of(const Hostile& exchange) {
  return "ws://127.0.0.1:" + std::to_string(exchange.port());
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

struct Flood {
  std::string what;
  std::string first;
  std::string again;  ///< sent until the connection is closed
  /// The pongs fill the way back, since the peer does not read; then nothing more is received, and
  /// the idle timeout ends it. Else the limit does, long before the idle timeout of 40 s.
  bool is_answered = false;
};

/// What comes without end, none of it a complete message.
const Flood kFloods[] = {
    {"empty fragments", bytes_of({.payload = "", .fin = false}),
     repeated(bytes_of({.opcode = kContinuation, .payload = "", .fin = false}), 20'000)},
    {"fragments of a byte", bytes_of({.payload = "x", .fin = false}),
     repeated(bytes_of({.opcode = kContinuation, .payload = "x", .fin = false}), 20'000)},
    {"large fragments", bytes_of({.payload = "x", .fin = false}),
     bytes_of({.opcode = kContinuation, .payload = std::string(60'000, 'x'), .fin = false})},
    {"pings that no message comes between", "",
     repeated(bytes_of({.opcode = kPing, .payload = std::string(100, 'x')}), 500), true},
    {"pongs", "", repeated(bytes_of({.opcode = kPong, .payload = ""}), 20'000)},
    {"a message of 2^62 bytes",
     bytes_of({.form = LengthForm::eight_bytes, .claimed_length = 1ULL << 62}),
     std::string(60'000, 'x')},
};

}  // namespace

TEST_CASE("fault 7: the process exits with 77, and readers see auth_failed") {
  Hostile exchange({[](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  }});
  Tickcached tickcached(url_of(exchange));
  CHECK(tickcached.program.wait() == 77);
  CHECK(exchange.connections() == 1);
  CHECK(tickcached.status().run_state == RunState::auth_failed);
  CHECK(tickcached.reader.ticker("BTCUSDT").freshness == Freshness::missing);
  CHECK(tickcached.program.err().find("HTTP 403") != std::string::npos);
  CHECK(tickcached.program.err().find("ak_live") == std::string::npos);
}

// Rows 14, 15 and 23 of the table: whatever is sent, for ever, is closed and costs bounded memory.
TEST_CASE("fault 15: a flood without a complete message is closed, and memory is bounded") {
  for (const Flood& flood : kFloods) {
    CAPTURE(flood.what);
    std::atomic<std::size_t> sent{0};
    std::atomic<bool> flooding{false};
    Hostile exchange({[&](Peer& peer) {
                        peer.accept();
                        peer.acknowledge(1);
                        peer.text(tick("BTCUSDT", "1"));
                        while (!flooding) peer.pause(1ms);
                        peer.send(flood.first);
                        sent = 1 + peer.flood(flood.again);
                      },
                      good_session("BTCUSDT", "2")});
    Tickcached tickcached(url_of(exchange),
                          {flood.is_answered ? "--idle-timeout=1.5" : "--idle-timeout=40"});
    REQUIRE(soon([&] { return tickcached.is_live(); }));
    const std::size_t memory = tickcached.peak_memory();
    flooding = true;
    CHECK(soon([&] { return exchange.connections() == 2; }));
    CHECK(soon([&] { return sent > 0; }));  // set when the flood has ended
    if (kMeasured) {
      CHECK(tickcached.peak_memory() - memory < 12 * kMebibyte);
    }
    CHECK(soon([&] { return tickcached.is_live(); }));
    CHECK(exchange.connections() == 2);
  }
}

TEST_CASE("fault 14: endless messages over the limit: memory is bounded") {
  const std::string too_big = bytes_of({.payload = std::string(2 * kMebibyte, ' ')});
  std::vector<Script> scripts(20, [&](Peer& peer) {
    peer.accept();
    peer.flood(too_big);
  });
  scripts.push_back(good_session());
  Hostile exchange(scripts);
  Tickcached tickcached(url_of(exchange), {"--backoff-max=0.02"});
  CHECK(soon([&] { return tickcached.is_live(); }));
  if (kMeasured) CHECK(tickcached.peak_memory() < 40 * kMebibyte);
}

TEST_CASE("fault 22: pings of the WebSocket protocol to a peer that reads nothing") {
  std::atomic<std::size_t> sent{0};
  Hostile exchange({[&](Peer& peer) {
                      peer.accept();
                      const std::string ping =
                          bytes_of({.opcode = kPing, .payload = std::string(125, 'x')});
                      sent = 1 + peer.flood(repeated(ping, 100));
                    },
                    good_session()},
                   {.receive_buffer = 4096});
  Tickcached tickcached(url_of(exchange), {"--idle-timeout=1"});
  CHECK(soon([&] { return tickcached.is_live(); }));
  CHECK(soon([&] { return sent > 0; }));
  if (kMeasured) CHECK(tickcached.peak_memory() < 40 * kMebibyte);
}

TEST_CASE(
    "fault 28: stopped for seconds: reconnects at once, publishes nothing that was buffered") {
  std::atomic<bool> stopped{false};
  Hostile exchange({[&](Peer& peer) {
                      peer.accept();
                      peer.acknowledge(1);
                      peer.text(tick("BTCUSDT", "1"));
                      while (!stopped) peer.pause(1ms);
                      peer.text(tick("BTCUSDT", "666"));
                      peer.hold();
                    },
                    [](Peer& peer) {
                      peer.accept();
                      peer.acknowledge(1);
                      peer.hold();
                    }});
  Tickcached tickcached(url_of(exchange), {"--backoff-min=60", "--backoff-max=60"});
  REQUIRE(soon([&] { return tickcached.is_live(); }));
  tickcached.program.suspend();
  stopped = true;
  CHECK(soon([&] { return tickcached.reader.ticker("BTCUSDT").reason == Reason::heartbeat_lost; }));
  std::this_thread::sleep_for(300ms);  // past the liveness timeout for sure
  tickcached.program.signal(SIGCONT);
  CHECK(soon([&] { return exchange.connections() == 2; }));  // not after the backoff of 60 s
  CHECK(soon([&] { return tickcached.status().connections[0].state == ConnectionState::up; }));
  const auto ticker = tickcached.reader.ticker("BTCUSDT");
  CHECK(ticker.value.price().str() == "1");
  CHECK(ticker.reason == Reason::previous_epoch);
  CHECK(ticker.age_ns > 1'000'000'000);
}

TEST_CASE(
    "fault 18: SIGTERM while the peer never answers the close: tickcached ends all the same") {
  CHECK(daemon::SessionSettings{}.close_timeout <= 1s);
  std::atomic<bool> ready{false};
  const Script states[] = {
      [&](Peer& peer) {  // connected, says nothing
        ready = true;
        peer.hold();
      },
      [&](Peer& peer) {  // open, and never closes
        peer.accept();
        peer.acknowledge(1);
        ready = true;
        peer.hold();
      },
      [&](Peer& peer) {  // open, and in the middle of a message
        peer.accept();
        peer.acknowledge(1);
        peer.send(bytes_of({.payload = "", .claimed_length = 1000}));
        ready = true;
        while (peer.send("x")) peer.pause(20ms);
      },
      [&](Peer& peer) {  // open, and sends without end
        peer.accept();
        peer.acknowledge(1);
        ready = true;
        peer.flood(repeated(text_frame(tick("BTCUSDT", "1")), 100));
      },
      [&](Peer& peer) {  // broken already
        peer.accept();
        peer.acknowledge(1);
        peer.send(bytes_of({.payload = "", .masked = true}));
        ready = true;
        peer.hold();
      },
  };
  for (const Script& state : states) {
    ready = false;
    Hostile exchange({state});
    Tickcached tickcached(url_of(exchange));
    REQUIRE(soon([&] { return ready.load(); }));
    CHECK(tickcached.program.stop() == 0);
    CHECK(tickcached.status().run_state == RunState::stopped);
  }
}
