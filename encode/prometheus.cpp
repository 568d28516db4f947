#include "encode/prometheus.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "encode/status.hpp"

namespace tickcache::encode {

namespace {

constexpr std::array kFeedReasons = {
    Reason::none,         Reason::no_segment, Reason::stopped,
    Reason::auth_failed,  Reason::superseded, Reason::heartbeat_lost,
    Reason::reconnecting, Reason::lagging,    Reason::silent};
constexpr std::array kConnectionStates = {ConnectionState::connecting, ConnectionState::up,
                                          ConnectionState::waiting, ConnectionState::auth_failed,
                                          ConnectionState::closed};
constexpr std::array kChannelKinds = {ChannelKind::all_tickers, ChannelKind::ticker,
                                      ChannelKind::candles, ChannelKind::orders,
                                      ChannelKind::portfolio};
constexpr std::array kChannelStates = {ChannelState::wanted, ChannelState::sent,
                                       ChannelState::acknowledged, ChannelState::refused};

struct CounterMetric {
  Counter counter;
  std::string_view name;
  std::string_view help;
};

constexpr CounterMetric kCounters[] = {
    {Counter::messages, "tickcache_messages_total", "Complete messages received."},
    {Counter::bytes, "tickcache_received_bytes_total", "Bytes of complete messages received."},
    {Counter::ticks, "tickcache_ticks_total", "Ticks stored."},
    {Counter::filtered, "tickcache_filtered_ticks_total",
     "Ticks of symbols that are not configured, put aside."},
    {Counter::orders, "tickcache_order_updates_total", "Order updates stored."},
    {Counter::candles, "tickcache_candles_total", "Candles stored, open and closed."},
    {Counter::portfolios, "tickcache_portfolio_snapshots_total", "Portfolio snapshots stored."},
    {Counter::rest_unpriced, "tickcache_unpriced_portfolios_total",
     "Portfolios by REST without the price of a position, not stored."},
    {Counter::pings, "tickcache_pings_total", "Pings of the exchange received."},
    {Counter::pongs, "tickcache_pongs_total", "Pongs sent."},
    {Counter::acknowledgements, "tickcache_acknowledgements_total",
     "Subscriptions and their ends that the exchange has acknowledged."},
    {Counter::errors, "tickcache_exchange_errors_total", "Error messages of the exchange."},
    {Counter::connects, "tickcache_connects_total", "Connections opened."},
    {Counter::drops, "tickcache_drops_total", "Open connections lost."},
    {Counter::failures, "tickcache_connect_failures_total", "Attempts to connect that failed."},
    {Counter::ignored_type, "tickcache_ignored_messages_total",
     "Messages of an unknown type or channel, put aside."},
    {Counter::absent_quantity, "tickcache_absent_quantities_total",
     "Quantities that cannot be kept exactly, left out."},
    {Counter::cut_text, "tickcache_cut_orders_total",
     "Order updates whose text did not fit whole."},
    {Counter::ignored_timestamp, "tickcache_ignored_timestamps_total",
     "Times that cannot be read, left out."},
    {Counter::audits, "tickcache_audits_total",
     "Answers with all prices that were compared with the stored ones."},
    {Counter::healed, "tickcache_healed_prices_total",
     "Prices corrected because their ticks were lost."},
    {Counter::snapshots, "tickcache_price_snapshots_total",
     "Prices stored that no tick had brought, the healed ones among them."},
    {Counter::rest_failed, "tickcache_rest_failures_total",
     "REST requests without an answer, or refused."},
    {Counter::rest_rejected, "tickcache_rest_rejected_total",
     "REST answers that cannot be used: malformed, empty or old."},
};

/// A label's value as the format wants it; what is no printable ASCII becomes '?'.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c >= ' ' && c <= '~' ? c : '?';
  }
  return result;
}

class Page {
 public:
  explicit Page(std::string_view segment) : segment_("segment=\"" + escaped(segment) + '"') {}

  /// The samples that follow are of this metric.
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  void gauge(std::string_view name, std::string_view help) { metric(name, "gauge", help); }
  void counter(std::string_view name, std::string_view help) { metric(name, "counter", help); }

  /// `labels` are further ones, as label() makes them, separated by commas.
  void sample(std::uint64_t value, std::string_view labels = {}) {
    add(labels, std::to_string(value));
  }
  void seconds(std::int64_t nanoseconds, std::string_view labels = {}) {
    std::array<char, 32> digits{};
    const double value = static_cast<double>(std::max<std::int64_t>(nanoseconds, 0)) / 1e9;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                   std::chars_format::fixed, 3);
    add(labels, {digits.data(), end.ptr});
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  void add(std::string_view labels, std::string_view value) {
    text_.append(name_).append("{").append(segment_);
    if (!labels.empty()) text_.append(",").append(labels);
    text_.append("} ").append(value).append("\n");
  }

  std::string segment_;
  std::string_view name_;
  std::string text_;
};

std::string label(std::string_view name, std::string_view value) {
  return std::string(name) + "=\"" + escaped(value) + '"';
}

void add_feed(Page& page, const Status& status) {
  page.gauge("tickcache_up",
             "1 if tickcached runs: its segment is there, and its heartbeat is recent.");
  page.sample(status.feed == Freshness::down ? 0 : 1);
  page.gauge("tickcache_feed_live", "1 if tickcached runs, is connected, and ticks flow.");
  page.sample(status.feed == Freshness::live ? 1 : 0);
  page.gauge("tickcache_feed_reason",
             "1 for the reason why the feed is not live; \"none\" if it is.");
  for (const Reason reason : kFeedReasons) {
    page.sample(status.reason == reason ? 1 : 0, label("reason", to_string(reason)));
  }
}

void add_daemon(Page& page, const Status& status) {
  page.gauge("tickcache_build_info", "The version of tickcached, as a label; always 1.");
  page.sample(1, label("version", status.version.view()));
  page.gauge("tickcache_start_time_seconds", "When tickcached was started, in Unix time.");
  page.seconds(status.started_unix_ns);
  page.gauge("tickcache_heartbeat_age_seconds", "Since tickcached's last heartbeat.");
  page.seconds(status.heartbeat_age_ns);
  page.gauge("tickcache_key_accepted",
             "1 if the exchange has ever accepted the API key at this address.");
  page.sample(status.key_accepted ? 1 : 0);
  page.gauge(
      "tickcache_auth_failed",
      "1 if tickcached has stopped because the exchange rejected the API key or suspended the "
      "account.");
  page.sample(status.run_state == RunState::auth_failed ? 1 : 0);
  page.gauge("tickcache_symbols", "Symbols in the segment.");
  page.sample(status.symbols);
  page.gauge("tickcache_max_symbols", "Symbols that the segment has room for.");
  page.sample(status.max_symbols);
}

struct Connection {
  const ConnectionStatus& status;
  std::string label;
};

/// Every connection that was ever in use.
std::vector<Connection> connections_of(const Status& status) {
  std::vector<Connection> connections;
  for (std::size_t i = 0; i < std::min(status.connection_count, kMaxConnections); ++i) {
    if (status.connections[i].state != ConnectionState::unused)
      connections.push_back({status.connections[i], label("connection", std::to_string(i))});
  }
  return connections;
}

void add_connections(Page& page, const Status& status) {
  const auto connections = connections_of(status);
  page.gauge("tickcache_connection_state", "1 for the connection's state.");
  for (const auto& [connection, labels] : connections) {
    for (const ConnectionState state : kConnectionStates) {
      page.sample(connection.state == state ? 1 : 0,
                  labels + "," + label("state", to_string(state)));
    }
  }
  page.gauge("tickcache_connection_state_age_seconds", "Since the connection is in its state.");
  for (const auto& [connection, labels] : connections)
    page.seconds(status.now_ns - connection.changed_ns, labels);
  page.gauge("tickcache_connection_epoch", "Number of its present or last session.");
  for (const auto& [connection, labels] : connections) page.sample(connection.epoch, labels);
  page.counter("tickcache_connection_messages_total", "Complete messages received on it.");
  for (const auto& [connection, labels] : connections) page.sample(connection.messages, labels);
  page.gauge("tickcache_connection_last_message_age_seconds",
             "Since the last message on it; absent if there was none.");
  for (const auto& [connection, labels] : connections) {
    if (connection.last_message_ns != 0)
      page.seconds(status.now_ns - connection.last_message_ns, labels);
  }
  page.gauge("tickcache_connection_lag_seconds",
             "Delay of its newest tick, compared with the fastest ones; 0: none, or unknown.");
  for (const auto& [connection, labels] : connections) page.seconds(connection.lag_ns, labels);
  page.gauge("tickcache_connection_lagging", "1 if its newest tick was late.");
  for (const auto& [connection, labels] : connections)
    page.sample(connection.lagging ? 1 : 0, labels);
  page.gauge("tickcache_connection_silence_limit_seconds",
             "Without a tick for so long, its ticks are silent at present; 0: never.");
  for (const auto& [connection, labels] : connections)
    page.seconds(connection.silence_limit_ns, labels);
  page.gauge("tickcache_connection_failures_in_a_row",
             "Attempts to connect that failed since it was last open; 0 while it is.");
  for (const auto& [connection, labels] : connections) page.sample(connection.failures, labels);
  page.gauge("tickcache_connection_last_error_age_seconds",
             "Since its last attempt or session ended by an error; absent if none has.");
  for (const auto& [connection, labels] : connections) {
    if (!connection.last_error.empty())
      page.seconds(status.now_ns - connection.last_error_ns, labels);
  }
  page.gauge("tickcache_connection_last_error_info",
             "The text of that error, as a label; always 1.");
  for (const auto& [connection, labels] : connections) {
    if (!connection.last_error.empty())
      page.sample(1, labels + "," + label("error", connection.last_error.view()));
  }
}

/// When a channel of this kind last received data or, if it never did, last changed its state.
/// Nothing if there is no such channel.
std::optional<std::int64_t> last_data(const Status& status, ChannelKind kind) {
  std::optional<std::int64_t> last;
  for (const ChannelStatus& channel : channels_of(status)) {
    if (channel.kind != kind || channel.state == ChannelState::unused) continue;
    const std::int64_t data = channel.last_data_ns != 0 ? channel.last_data_ns : channel.changed_ns;
    last = std::max(last.value_or(0), data);
  }
  return last;
}

void add_channels(Page& page, const Status& status) {
  page.gauge("tickcache_channels", "Channels that are wanted, by how far their subscription is.");
  for (const ChannelKind kind : kChannelKinds) {
    for (const ChannelState state : kChannelStates) {
      const auto channels = channels_of(status);
      const auto count =
          std::count_if(channels.begin(), channels.end(), [&](const ChannelStatus& channel) {
            return channel.kind == kind && channel.state == state;
          });
      page.sample(static_cast<std::uint64_t>(count),
                  label("kind", to_string(kind)) + "," + label("state", to_string(state)));
    }
  }
  page.gauge("tickcache_channel_silence_seconds",
             "Since data last came on a channel of the kind, or since it is subscribed to if none "
             "has; absent without such a channel.");
  for (const ChannelKind kind : kChannelKinds) {
    if (const auto last = last_data(status, kind)) {
      page.seconds(status.now_ns - *last, label("kind", to_string(kind)));
    }
  }
  page.gauge("tickcache_last_tick_age_seconds",
             "Since the last tick of any symbol; absent if there was none.");
  std::int64_t tick = 0;
  for (const ConnectionStatus& connection : status.connections)
    tick = std::max(tick, connection.last_tick_ns);
  if (tick != 0) page.seconds(status.now_ns - tick);
  page.gauge("tickcache_silence_limit_seconds",
             "The option silence-after: the most that a connection's limit can be; 0: never.");
  page.seconds(status.silence_after_ns);
}

void add_prices(Page& page, const Status& status) {
  page.gauge("tickcache_confirmation_age_seconds",
             "Since the exchange, asked by REST, had the stored prices; absent if it never had.");
  if (status.verified_ns != 0) page.seconds(status.now_ns - status.verified_ns);
  page.gauge("tickcache_confirmed", "1 while that confirmation is valid.");
  page.sample(is_confirmed(status) ? 1 : 0);
}

void add_counters(Page& page, const Status& status) {
  for (const CounterMetric& metric : kCounters) {
    page.counter(metric.name, metric.help);
    page.sample(status.counter(metric.counter));
  }
  page.counter("tickcache_rejected_messages_total",
               "Messages of which nothing was stored, by what was wrong with them.");
  constexpr std::string_view kPrefix = "rejected_";
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const std::string_view name = to_string(static_cast<Counter>(i));
    if (name.starts_with(kPrefix))
      page.sample(status.counters[i], label("reason", name.substr(kPrefix.size())));
  }
}

}  // namespace

std::string prometheus_text(const Status& status, std::string_view segment) {
  Page page(segment);
  add_feed(page, status);
  if (status.reason != Reason::no_segment) {
    add_daemon(page, status);
    add_connections(page, status);
    add_channels(page, status);
    add_prices(page, status);
    add_counters(page, status);
  }
  return std::move(page).text();
}

}  // namespace tickcache::encode
