// The daemon's state in one line.
#include "daemon/service/self_report.hpp"

#include <doctest/doctest.h>

#include <memory>

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;

constexpr Time kNow = 1000s;

std::unique_ptr<Status> live() {
  auto status = std::make_unique<Status>();
  status->feed = Freshness::live;
  status->reason = Reason::none;
  status->now_ns = kNow.count();
  status->symbols = 620;
  status->upstream.assign("ws://exchange.test:8000/ws/v1");
  status->connection_count = 1;
  status->connections[0].state = ConnectionState::up;
  status->connections[0].last_tick_ns = kNow.count();
  status->channel_count = 3;
  for (std::size_t i = 0; i < 3; ++i) status->channels[i].state = ChannelState::acknowledged;
  return status;
}

TEST_CASE("status line: live") {
  const auto status = live();
  CHECK(status_line(*status, {}) == "live: 620 symbols, 3 channels, 1 connection");
  status->symbols = 1;
  status->channels[1].state = ChannelState::refused;
  status->channels[2].state = ChannelState::sent;
  status->connection_count = 2;
  status->connections[1].state = ConnectionState::up;
  CHECK(status_line(*status, {}) == "live: 1 symbol, 1 channel, 2 connections; 1 channel refused");
}

TEST_CASE("status line: connecting and reconnecting") {
  const auto status = live();
  status->feed = Freshness::stale;
  status->reason = Reason::reconnecting;
  Outlook outlook{ConnectionState::connecting, 0, {}, {}};
  CHECK(status_line(*status, outlook) == "connecting to ws://exchange.test:8000/ws/v1");
  outlook = {ConnectionState::waiting, 0, kNow + 3100ms, "cannot connect (Connection refused)"};
  CHECK(status_line(*status, outlook) ==
        "reconnecting in 4 s: cannot connect (Connection refused)");
  outlook.retry_at = kNow - 1s;
  CHECK(status_line(*status, outlook) ==
        "reconnecting in 0 s: cannot connect (Connection refused)");
  outlook.state = ConnectionState::connecting;
  CHECK(status_line(*status, outlook) ==
        "connecting to ws://exchange.test:8000/ws/v1: cannot connect (Connection refused)");
  status->connection_count = 2;
  outlook = {ConnectionState::waiting, 1, kNow + 1s, "HTTP 503"};
  CHECK(status_line(*status, outlook) == "connection 1: reconnecting in 1 s: HTTP 503");
}

TEST_CASE("status line: connected and silent") {
  const auto status = live();
  status->feed = Freshness::stale;
  status->reason = Reason::silent;
  status->connections[0].last_tick_ns = (kNow - 35s).count();
  CHECK(status_line(*status, {}) == "connected, but no tick for 35 s");
  status->connections[0].last_tick_ns = 0;
  CHECK(status_line(*status, {}) == "connected, but no tick has come");
}

TEST_CASE("status line: what else there may be") {
  const Status nothing;
  CHECK(status_line(nothing, {}) == "down: no_segment");
}

}  // namespace
}  // namespace tickcache::daemon
