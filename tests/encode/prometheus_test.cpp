// The metrics: every value in its place, and the format as Prometheus wants it.
#include "encode/prometheus.hpp"

#include <chrono>
#include <memory>

#include "tests/encode/exposition.hpp"

namespace tickcache::encode {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kNow = std::chrono::nanoseconds(5000s).count();

constexpr std::int64_t ago(std::chrono::nanoseconds span) { return kNow - span.count(); }

std::unique_ptr<Status> running() {
  auto status = std::make_unique<Status>();
  status->feed = Freshness::live;
  status->reason = Reason::none;
  status->run_state = RunState::running;
  status->now_ns = kNow;
  status->started_unix_ns = 1'700'000'000'250'000'000;
  status->heartbeat_age_ns = 40'000'000;
  status->silence_after_ns = std::chrono::nanoseconds(30s).count();
  status->key_accepted = true;
  status->version.assign("1.2.3");
  status->symbols = 620;
  status->max_symbols = 4096;
  for (std::size_t i = 0; i < kCounterCount; ++i) status->counters[i] = 1000 + i;
  status->connection_count = 2;
  status->connections[0] = {
      ConnectionState::up, 7, ago(90s), ago(1500ms), ago(2s), 12345, {}, 0, 0, 0, 0, false};
  status->connections[1] = {ConnectionState::waiting, 3, ago(10s), 0, 0, 0, {}, 0, 0, 0, 0, false};
  status->connections[1].last_error.assign("the exchange answered HTTP 503");
  status->connections[1].last_error_ns = ago(10s);
  status->connections[1].failures = 4;
  status->connections[0].silence_limit_ns = std::chrono::nanoseconds(3s).count();
  status->connections[0].lag_ns = std::chrono::nanoseconds(12ms).count();
  status->verified_ns = ago(2s);
  status->verified_for_ns = std::chrono::nanoseconds(5s).count();
  const auto channel = [&](ChannelKind kind, ChannelState state, std::int64_t last_data) {
    ChannelStatus& added = status->channels[status->channel_count++];
    added.kind = kind;
    added.state = state;
    added.changed_ns = ago(60s);
    added.last_data_ns = last_data;
  };
  channel(ChannelKind::all_tickers, ChannelState::acknowledged, ago(2s));
  channel(ChannelKind::candles, ChannelState::acknowledged, ago(50s));
  channel(ChannelKind::candles, ChannelState::acknowledged, ago(20s));
  channel(ChannelKind::candles, ChannelState::refused, 0);
  channel(ChannelKind::orders, ChannelState::sent, 0);
  return status;
}

TEST_CASE("metrics: every counter of the daemon has a place of its own") {
  const auto status = running();
  const Exposition page(prometheus_text(*status, "tickcache"));
  std::size_t counters = 0;
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const std::string name = to_string(static_cast<Counter>(i));
    CAPTURE(name);
    std::size_t found = 0;
    for (const auto& [sample, value] : page.samples) {
      if (value == std::to_string(1000 + i)) ++found;
    }
    CHECK(found == (name == "unknown" ? 0 : 1));
    counters += found;
  }
  CHECK(counters == kCounterCount);
  CHECK(page.value("tickcache_messages_total{segment=\"tickcache\"}") == "1000");
  CHECK(page.value("tickcache_rejected_messages_total{segment=\"tickcache\",reason=\"price\"}") ==
        "1019");
}

TEST_CASE("metrics: a running daemon") {
  const auto status = running();
  const Exposition page(prometheus_text(*status, "tickcache.alice"));
  const auto value = [&](const std::string& name, const std::string& labels = {}) {
    return page.value("tickcache_" + name + "{segment=\"tickcache.alice\"" +
                      (labels.empty() ? "" : "," + labels) + "}");
  };
  CHECK(value("up") == "1");
  CHECK(value("feed_live") == "1");
  CHECK(value("feed_reason", R"(reason="none")") == "1");
  CHECK(value("feed_reason", R"(reason="silent")") == "0");
  CHECK(value("build_info", R"(version="1.2.3")") == "1");
  CHECK(value("start_time_seconds") == "1700000000.250");
  CHECK(value("heartbeat_age_seconds") == "0.040");
  CHECK(value("key_accepted") == "1");
  CHECK(value("auth_failed") == "0");
  CHECK(value("symbols") == "620");
  CHECK(value("max_symbols") == "4096");

  CHECK(value("connection_state", R"(connection="0",state="up")") == "1");
  CHECK(value("connection_state", R"(connection="0",state="waiting")") == "0");
  CHECK(value("connection_state", R"(connection="1",state="waiting")") == "1");
  CHECK(value("connection_state_age_seconds", R"(connection="1")") == "10.000");
  CHECK(value("connection_epoch", R"(connection="0")") == "7");
  CHECK(value("connection_messages_total", R"(connection="0")") == "12345");
  CHECK(value("connection_last_message_age_seconds", R"(connection="0")") == "1.500");
  CHECK(value("connection_last_message_age_seconds", R"(connection="1")") == "absent");
  CHECK(value("connection_failures_in_a_row", R"(connection="0")") == "0");
  CHECK(value("connection_failures_in_a_row", R"(connection="1")") == "4");
  CHECK(value("connection_last_error_age_seconds", R"(connection="0")") == "absent");
  CHECK(value("connection_last_error_age_seconds", R"(connection="1")") == "10.000");
  CHECK(value("connection_last_error_info",
              R"(connection="1",error="the exchange answered HTTP 503")") == "1");

  CHECK(value("channels", R"(kind="candles",state="acknowledged")") == "2");
  CHECK(value("channels", R"(kind="candles",state="refused")") == "1");
  CHECK(value("channels", R"(kind="ticker",state="acknowledged")") == "0");
  CHECK(value("channel_silence_seconds", R"(kind="all_tickers")") == "2.000");
  CHECK(value("channel_silence_seconds", R"(kind="candles")") == "20.000");
  CHECK(value("channel_silence_seconds", R"(kind="orders")") == "60.000");
  CHECK(value("channel_silence_seconds", R"(kind="portfolio")") == "absent");
  CHECK(value("last_tick_age_seconds") == "2.000");
  CHECK(value("silence_limit_seconds") == "30.000");
  CHECK(value("connection_silence_limit_seconds", R"(connection="0")") == "3.000");
  CHECK(value("connection_lag_seconds", R"(connection="0")") == "0.012");
  CHECK(value("connection_lagging", R"(connection="0")") == "0");
  CHECK(value("confirmation_age_seconds") == "2.000");
  CHECK(value("confirmed") == "1");
}

TEST_CASE("metrics: ticks that are late, and prices that the exchange does not confirm") {
  const auto status = running();
  status->feed = Freshness::stale;
  status->reason = Reason::lagging;
  status->connections[0].lagging = true;
  status->verified_ns = ago(60s);
  Exposition page(prometheus_text(*status, "t"));
  CHECK(page.value("tickcache_feed_reason{segment=\"t\",reason=\"lagging\"}") == "1");
  CHECK(page.value("tickcache_connection_lagging{segment=\"t\",connection=\"0\"}") == "1");
  CHECK(page.value("tickcache_confirmation_age_seconds{segment=\"t\"}") == "60.000");
  CHECK(page.value("tickcache_confirmed{segment=\"t\"}") == "0");
  status->verified_ns = 0;
  page = Exposition(prometheus_text(*status, "t"));
  CHECK(page.value("tickcache_confirmation_age_seconds{segment=\"t\"}") == "absent");
  CHECK(page.value("tickcache_confirmed{segment=\"t\"}") == "0");
}

TEST_CASE("metrics: not live") {
  const auto status = running();
  status->feed = Freshness::stale;
  status->reason = Reason::silent;
  Exposition page(prometheus_text(*status, "t"));
  CHECK(page.value("tickcache_up{segment=\"t\"}") == "1");
  CHECK(page.value("tickcache_feed_live{segment=\"t\"}") == "0");
  CHECK(page.value("tickcache_feed_reason{segment=\"t\",reason=\"silent\"}") == "1");
  CHECK(page.value("tickcache_feed_reason{segment=\"t\",reason=\"none\"}") == "0");
  status->feed = Freshness::down;
  status->reason = Reason::auth_failed;
  status->run_state = RunState::auth_failed;
  page = Exposition(prometheus_text(*status, "t"));
  CHECK(page.value("tickcache_up{segment=\"t\"}") == "0");
  CHECK(page.value("tickcache_auth_failed{segment=\"t\"}") == "1");
}

TEST_CASE("metrics: without a segment there is only that to say") {
  const Exposition page(prometheus_text(Status(), "t"));
  CHECK(page.value("tickcache_up{segment=\"t\"}") == "0");
  CHECK(page.value("tickcache_feed_reason{segment=\"t\",reason=\"no_segment\"}") == "1");
  CHECK(page.types.size() == 3);
}

TEST_CASE("metrics: nothing that a segment holds breaks the format") {
  const auto status = running();
  status->version.assign("1\"\n\\\xff{}");
  status->heartbeat_age_ns = -5;
  status->now_ns = 0;  // stamps of the future
  status->connection_count = 1000;
  status->channel_count = 100'000;
  const std::string text = prometheus_text(*status, "t");
  CHECK(text.find("{segment=\"t\",version=\"1\\\"?\\\\?{}\"} 1\n") != std::string::npos);
  CHECK(text.find("} -") == std::string::npos);
}

}  // namespace
}  // namespace tickcache::encode
