#include "encode/status.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "encode/line.hpp"

namespace tickcache::encode {
namespace {

/// A stamp of CLOCK_BOOTTIME as a date; null for 0, never.
void stamp(JsonLine& json, std::string_view key, std::int64_t boot_ns, const Clocks& clocks) {
  json.time(key, boot_ns == 0 ? 0 : clocks.to_unix(boot_ns));
}

void add_daemon(JsonLine& json, const Status& status, const Clocks& clocks) {
  json.text_or_null("upstream", status.upstream.view());
  json.number("hops", status.hops);
  json.text_or_null("version", status.version.view());
  json.number("pid", status.writer_pid);
  // 64 bits do not survive programs that read numbers as doubles.
  json.text("instance", fmt::format("{:016x}", status.instance));
  json.time("started_at", status.started_unix_ns);
  json.milliseconds("uptime_ms", status.feed == Freshness::down
                                     ? std::optional<std::int64_t>()
                                     : clocks.unix_ns - status.started_unix_ns);
  json.milliseconds("heartbeat_age_ms", status.heartbeat_age_ns);
  json.milliseconds("silence_after_ms", status.silence_after_ns);
  stamp(json, "verified_at", status.verified_ns, clocks);
  json.milliseconds("verified_for_ms", status.verified_for_ns);
  json.boolean("confirmed", is_confirmed(status));
  json.text("rest", to_string(rest_state(status)));
  json.boolean("key_accepted", status.key_accepted);
  stamp(json, "key_rejected_since", status.key_rejected_ns, clocks);
  stamp(json, "key_retried_until", status.feed == Freshness::down ? 0 : status.key_retry_until_ns,
        clocks);
  json.number("symbols", status.symbols);
  json.number("max_symbols", status.max_symbols);
  json.number("orders", status.orders);
  json.number("portfolios", status.portfolios);
}

void add_connections(JsonLine& json, const Status& status, const Clocks& clocks) {
  json.begin_array("connections");
  for (std::size_t i = 0; i < std::min(status.connection_count, kMaxConnections); ++i) {
    const ConnectionStatus& connection = status.connections[i];
    json.begin_object();
    json.number("connection", i);
    json.text("state", to_string(connection.state));
    json.number("epoch", connection.epoch);
    stamp(json, "since", connection.changed_ns, clocks);
    stamp(json, "last_message_at", connection.last_message_ns, clocks);
    stamp(json, "last_tick_at", connection.last_tick_ns, clocks);
    json.number("messages", connection.messages);
    json.text_or_null("last_error", connection.last_error.view());
    stamp(json, "last_error_at", connection.last_error_ns, clocks);
    json.number("failures", connection.failures);
    json.milliseconds("silence_limit_ms", connection.silence_limit_ns);
    json.milliseconds("lag_ms", connection.lag_ns);
    json.boolean("lagging", connection.lagging);
    json.end_object();
  }
  json.end_array();
}

void add_channels(JsonLine& json, const Status& status, const Clocks& clocks) {
  json.begin_array("channels");
  for (const ChannelStatus& channel : channels_of(status)) {
    if (channel.state == ChannelState::unused) continue;
    json.begin_object();
    json.text("channel", channel_name(channel));
    json.text("kind", to_string(channel.kind));
    json.text_or_null("symbol", channel.symbol.view());
    json.text_or_null("interval", channel.interval.view());
    json.text("state", to_string(channel.state));
    json.text_or_null("reason", channel.reason.view());
    json.number("connection", channel.connection);
    stamp(json, "since", channel.changed_ns, clocks);
    stamp(json, "first_data_at", channel.first_data_ns, clocks);
    stamp(json, "last_data_at", channel.last_data_ns, clocks);
    json.number("count", channel.count);
    json.text_or_null("origin", channel.origin == Source::unknown ? "" : to_string(channel.origin));
    stamp(json, "reconciled_at", channel.reconciled_ns, clocks);
    json.end_object();
  }
  json.end_array();
}

void add_counters(JsonLine& json, const Status& status) {
  json.begin_object("counters");
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const std::string_view name = to_string(static_cast<Counter>(i));
    if (name != "unknown") json.number(name, status.counters[i]);
  }
  json.end_object();
}

}  // namespace

bool brings_ticks(const Status& status, std::size_t connection) noexcept {
  const auto channels = channels_of(status);
  return std::any_of(channels.begin(), channels.end(), [&](const ChannelStatus& channel) {
    return channel.connection == connection && channel.state != ChannelState::unused &&
           (channel.kind == ChannelKind::all_tickers || channel.kind == ChannelKind::ticker);
  });
}

bool is_confirmed(const Status& status) noexcept {
  return status.feed != Freshness::down && status.verified_ns != 0 &&
         status.now_ns - status.verified_ns <= status.verified_for_ns;
}

RestState rest_state(const Status& status) noexcept {
  if (status.counter(Counter::audits) > 0) return RestState::answers;
  const bool asked =
      status.counter(Counter::rest_failed) > 0 || status.counter(Counter::rest_rejected) > 0;
  return asked ? RestState::no_answer : RestState::unused;
}

std::string_view to_string(RestState state) noexcept {
  constexpr std::string_view kNames[] = {"unused", "answers", "no_answer"};
  return kNames[static_cast<std::size_t>(state)];
}

bool is_of_all(const ChannelStatus& channel) noexcept {
  return channel.kind == ChannelKind::candles && channel.symbol == "ALL";
}

bool brings(const ChannelStatus& channel, ChannelKind kind, std::string_view symbol,
            std::string_view interval) noexcept {
  return channel.kind == kind && channel.interval == interval &&
         (channel.symbol == symbol || is_of_all(channel));
}

std::string channel_name(const ChannelStatus& channel) {
  return channel_name(channel.kind, is_of_all(channel) ? "all" : channel.symbol.view(),
                      channel.interval.view());
}

std::string status_json(std::string_view segment, const Status& status, const Clocks& clocks) {
  JsonLine json;
  json.text("segment", segment);
  json.text("feed", to_string(status.feed));
  json.text_or_null("reason", status.reason == Reason::none ? "" : to_string(status.reason));
  json.known(status.reason != Reason::no_segment);
  json.text("run_state", to_string(status.run_state));
  add_daemon(json, status, clocks);
  json.known(true);
  add_connections(json, status, clocks);
  add_channels(json, status, clocks);
  add_counters(json, status);
  return json.finish();
}

}  // namespace tickcache::encode
