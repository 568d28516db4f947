// Faults around subscriptions: dropped in their middle, and refused.
#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <string>
#include <vector>

#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

const ChannelStatus* find(const Status& status, ChannelKind kind, std::string_view interval = {}) {
  const auto end = status.channels + status.channel_count;
  const auto found = std::find_if(status.channels, end, [&](const ChannelStatus& channel) {
    return channel.kind == kind && channel.interval.view() == interval;
  });
  return found == end ? nullptr : found;
}

/// Refuses what has `part` in it with `error`; serves the rest well.
Script refusing(std::string part, std::string error) {
  return [=](Peer& peer) {
    peer.accept();
    for (;;) {
      const auto frame = peer.read_frame(10ms);
      if (frame && frame->opcode == kClose) return;
      if (frame) {
        const bool refused = frame->payload.find(part) != std::string::npos;
        peer.text(refused ? error : acknowledgement_of(frame->payload));
      }
      if (!peer.text(tick("BTCUSDT", "1"))) return;
    }
  };
}

}  // namespace

TEST_CASE("fault 25: dropped in the middle of resubscribing: the whole set is sent again, once") {
  std::vector<std::string> first;
  std::promise<std::vector<std::string>> again;
  Hostile exchange({[&](Peer& peer) {
                      peer.accept();
                      first = peer.acknowledge(6);
                      peer.text(tick("BTCUSDT", "1"));
                      peer.pause(50ms);
                    },
                    [](Peer& peer) {
                      peer.accept();
                      peer.acknowledge(3);
                      peer.reset();
                    },
                    [&](Peer& peer) {
                      peer.accept();
                      std::vector<std::string> requests = peer.acknowledge(6);
                      while (const auto frame = peer.read_frame(300ms)) {
                        requests.push_back(frame->payload);
                      }
                      again.set_value(requests);
                      serve_well(peer, "BTCUSDT", "2");
                    }});
  RunningDaemon daemon({.port = exchange.port(),
                        .arguments = {"--orders=true", "--portfolio=true",
                                      "--candles=BTCUSDT:1m,ETHUSDT:1h,SOLUSDT:1d"}});
  auto future = again.get_future();
  REQUIRE(future.wait_for(30s) == std::future_status::ready);
  std::vector<std::string> requests = future.get();
  std::sort(requests.begin(), requests.end());
  std::sort(first.begin(), first.end());
  CHECK(first.size() == 6);
  CHECK(requests == first);
  CHECK(recovers(daemon));
  const Status status = daemon.status();
  CHECK(status.channel_count == 6);
  for (std::size_t i = 0; i < status.channel_count; ++i) {
    CHECK(status.channels[i].state == ChannelState::acknowledged);
  }
  CHECK(exchange.connections() == 3);
}

/// Portfolio and all tickers.
bool are_acknowledged(const Status& status) {
  return find(status, ChannelKind::portfolio)->state == ChannelState::acknowledged &&
         find(status, ChannelKind::all_tickers)->state == ChannelState::acknowledged;
}

TEST_CASE("fault 27: an interval that is refused is reported by name, the others go on") {
  Hostile exchange({refusing("15m", R"({"type": "error", "code": "INVALID_CHANNEL", "message": )"
                                    R"("Unknown interval 15m"})")});
  RunningDaemon daemon({.port = exchange.port(),
                        .arguments = {"--portfolio=true", "--candles=BTCUSDT:1m,BTCUSDT:15m",
                                      "--candles-from=exchange"}});
  CHECK(soon([&] {
    const Status status = daemon.status();
    const ChannelStatus* const channel = find(status, ChannelKind::candles, "15m");
    return channel != nullptr && channel->state == ChannelState::refused;
  }));
  const Status status = daemon.status();
  CHECK(find(status, ChannelKind::candles, "15m")->reason.view().find("Unknown interval 15m") !=
        std::string_view::npos);
  CHECK(find(status, ChannelKind::candles, "1m")->state == ChannelState::acknowledged);
  CHECK(soon([&] { return are_acknowledged(daemon.status()); }));
  CHECK(daemon.log().has("candles:BTCUSDT:15m is refused by the exchange"));
  CHECK(recovers(daemon));
  CHECK(exchange.connections() == 1);
}

TEST_CASE("fault 27: a subscription over the limit is reported by name, the others go on") {
  Hostile exchange({refusing("orders", R"({"type": "error", "code": "SUBSCRIPTION_LIMIT", )"
                                       R"("message": "Maximum 10 subscriptions"})")});
  RunningDaemon daemon(
      {.port = exchange.port(), .arguments = {"--orders=true", "--portfolio=true"}});
  CHECK(soon([&] {
    const Status status = daemon.status();
    const ChannelStatus* const channel = find(status, ChannelKind::orders);
    return channel != nullptr && channel->state == ChannelState::refused;
  }));
  CHECK(recovers(daemon));
  // Ticks may come before the last answer.
  CHECK(soon([&] { return are_acknowledged(daemon.status()); }));
  CHECK(daemon.log().has("orders is refused by the exchange"));
  CHECK(exchange.connections() == 1);
}

TEST_CASE("fault 27: an exchange that answers everything with errors is not asked for ever") {
  std::atomic<int> requests{0};
  Hostile exchange({[&](Peer& peer) {
    peer.accept();
    while (const auto frame = peer.read_frame()) {
      if (frame->opcode == kClose) return;
      ++requests;
      peer.text(R"({"type": "error", "code": "INVALID_CHANNEL", "message": "no"})");
    }
  }});
  RunningDaemon daemon({.port = exchange.port(), .arguments = {"--portfolio=true"}});
  CHECK(soon([&] { return requests >= 2; }));
  CHECK_FALSE(soon([&] { return requests > 4; }, 300ms));
  CHECK(daemon.status().connections[0].state == ConnectionState::up);
}
