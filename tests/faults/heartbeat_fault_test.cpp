// Pings: alone, in floods, and unread answers to them.
#include <doctest/doctest.h>

#include <atomic>

#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

const std::string kPingMessage = R"({"type": "ping"})";
const std::string kPongMessage = R"({"type":"pong","action":"pong"})";

/// Reads what the client has sent so far, until nothing came for `quiet`; counts the pongs.
std::size_t count_pongs(Peer& peer, milliseconds quiet) {
  std::size_t pongs = 0;
  while (const auto frame = peer.read_frame(quiet)) pongs += frame->payload == kPongMessage;
  return pongs;
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("fault 21: pings only: the connection stays, and readers see the silence by channel") {
  std::atomic<int> pings{0};
  std::atomic<int> pongs{0};
  Hostile exchange({[&](Peer& peer) {
    peer.accept();
    peer.acknowledge(2);
    peer.text(tick("BTCUSDT", "1"));
    for (;;) {
      if (!peer.text(kPingMessage)) return;
      ++pings;
      const auto frame = peer.read_frame();
      if (!frame || frame->opcode == kClose) return;
      pongs += frame->payload == kPongMessage;
      peer.pause(50ms);
    }
  }});
  RunningDaemon daemon(
      {.port = exchange.port(),
       .arguments = {"--idle-timeout=0.4", "--silence-after=0.3", "--portfolio=true"}});
  CHECK(recovers(daemon));
  CHECK(soon([&] { return pings >= 30; }));
  CHECK(exchange.connections() == 1);
  const int asked = pings;
  CHECK(soon([&] { return pongs >= asked; }));

  const auto ticker = daemon.ticker();
  CHECK(ticker.freshness == Freshness::stale);
  CHECK(ticker.reason == Reason::silent);
  const Status status = daemon.status();
  CHECK(status.connections[0].state == ConnectionState::up);
  REQUIRE(status.channel_count == 2);
  for (std::size_t i = 0; i < status.channel_count; ++i) {
    const ChannelStatus& channel = status.channels[i];
    CHECK(channel.state == ChannelState::acknowledged);
    if (channel.kind == ChannelKind::portfolio) CHECK(channel.last_data_ns == 0);
    if (channel.kind == ChannelKind::all_tickers) {
      CHECK(status.connections[0].last_message_ns - channel.last_data_ns > 300'000'000);
    }
  }
}

TEST_CASE("fault 21: pings of the WebSocket protocol are no messages") {
  Hostile exchange({[](Peer& peer) {
                      peer.accept();
                      while (peer.send(bytes_of({.opcode = kPing, .payload = "x"}))) {
                        peer.read_frame(50ms);
                      }
                    },
                    good_session()});
  RunningDaemon daemon({.port = exchange.port(), .arguments = {"--idle-timeout=0.3"}});
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 2);
  CHECK(daemon.log().has("no message for 0.3"));
}

TEST_CASE("fault 22: the peer stops reading while it pings: pongs do not pile up") {
  constexpr std::size_t kPings = 300'000;
  std::atomic<std::size_t> pongs{0};
  std::atomic<bool> all_read{false};
  std::atomic<int> last_pongs{-1};
  Hostile exchange({[&](Peer& peer) {
                     peer.accept();
                     peer.acknowledge(1);
                     const std::string burst = repeated(text_frame(kPingMessage), 1000);
                     peer.flood(burst, kPings / 1000 * burst.size());
                     peer.text(tick("BTCUSDT", "1"));
                     while (!all_read) peer.pause(5ms);
                     // Now it reads again: what the sockets' buffers held, and one queued pong.
                     pongs = count_pongs(peer, 500ms);
                     peer.text(kPingMessage);
                     last_pongs = static_cast<int>(count_pongs(peer, 500ms));
                     peer.text(tick("BTCUSDT", "2"));
                     serve_well(peer, "BTCUSDT", "2");
                   }},
                   {.receive_buffer = 4096});
  RunningDaemon daemon({.port = exchange.port()});
  // Reading goes on while nothing can be written.
  CHECK(soon([&] { return daemon.count(Counter::ticks) == 1; }));
  CHECK(daemon.count(Counter::pings) == kPings);
  all_read = true;
  CHECK(soon([&] { return last_pongs >= 0; }));
  CAPTURE(pongs.load());
  CHECK(pongs >= 1);
  CHECK(pongs < kPings * 3 / 4);  // the others were never queued
  CHECK(last_pongs == 1);
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 1);
}

TEST_CASE("fault 23: a flood of pings: prices still flow") {
  constexpr int kRounds = 200;
  std::atomic<std::size_t> pongs{0};
  Hostile exchange({[&](Peer& peer) {
    peer.accept();
    peer.acknowledge(1);
    const std::string pings = repeated(text_frame(kPingMessage), 500) +
                              repeated(bytes_of({.opcode = kPing, .payload = "x"}), 50);
    for (int i = 1; i <= kRounds; ++i) {
      peer.send(pings + text_frame(tick("BTCUSDT", std::to_string(i))));
      pongs += count_pongs(peer, 0ms);
    }
    for (;;) pongs += count_pongs(peer, 100ms);
  }});
  RunningDaemon daemon({.port = exchange.port()});
  CHECK(soon([&] { return daemon.count(Counter::ticks) == kRounds; }));
  CHECK(daemon.ticker().live());
  CHECK(daemon.ticker().value.price().str() == std::to_string(kRounds));
  CHECK(daemon.count(Counter::pings) == 500U * kRounds);
  CHECK(soon([&] { return pongs > 0; }));
  CHECK(pongs <= 500U * kRounds);
  CHECK(exchange.connections() == 1);
}
