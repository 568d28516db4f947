#include "cli/print/describe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/print/format.hpp"
#include "cli/print/text.hpp"
#include "encode/status.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

std::string_view state_text(ChannelState state) noexcept {
  switch (state) {
    case ChannelState::unused:
      return "not in use";
    case ChannelState::wanted:
      return "wanted, not requested yet";
    case ChannelState::sent:
      return "requested, not answered yet";
    case ChannelState::acknowledged:
      return "acknowledged";
    case ChannelState::refused:
      return "refused";
  }
  return "in a state that this version does not know";
}

/// The state with how long it has lasted.
std::string state_text(const ConnectionStatus& connection, const std::string& age) {
  switch (connection.state) {
    case ConnectionState::unused:
      return "not in use";
    case ConnectionState::connecting:
      return fmt::format("connecting for {}", age);
    case ConnectionState::up:
      return fmt::format("up for {}", age);
    case ConnectionState::waiting:
      return connection.epoch == 0 ? fmt::format("not connected yet, waiting to retry for {}", age)
                                   : fmt::format("lost, waiting to reconnect for {}", age);
    case ConnectionState::auth_failed:
      return fmt::format("the exchange rejected the API key, {} ago", age);
    case ConnectionState::closed:
      return fmt::format("closed {} ago", age);
  }
  return "in a state that this version does not know";
}

std::string hint_for(const ChannelStatus& channel) {
  const bool refused_candles =
      channel.kind == ChannelKind::candles && channel.state == ChannelState::refused;
  return refused_candles ? fmt::format("; {}", interval_hint()) : std::string();
}

}  // namespace

std::string_view why(Reason reason) noexcept {
  switch (reason) {
    case Reason::none:
      return {};
    case Reason::never_seen:
      return "never seen";
    case Reason::no_segment:
      return "no daemon; start tickcached";
    case Reason::stopped:
      return "tickcached was stopped";
    case Reason::auth_failed:
      return "tickcached stopped because the exchange rejected the API key";
    case Reason::superseded:
      return "tickcached was restarted, its new segment cannot be opened";
    case Reason::heartbeat_lost:
      return "no heartbeat from tickcached (killed or suspended)";
    case Reason::previous_epoch:
      return "nothing received since the feed reconnected";
    case Reason::reconnecting:
      return "feed reconnecting";
    case Reason::silent:
      return "feed connected but silent";
    case Reason::too_old:
      return "older than --max-age";
    case Reason::busy:
      return "the writer was always faster; try again";
    case Reason::unsubscribed:
      return "tickcached no longer subscribes to it";
    case Reason::lagging:
      return "the feed is late";
    case Reason::unconfirmed:
      return "the exchange has not confirmed it lately";
    case Reason::rejected:
      return "a later price could not be read";
  }
  return "for a reason that this version does not know";
}

std::string verdict(Freshness freshness, Reason reason) {
  const std::string_view because = why(reason);
  if (because.empty()) return to_string(freshness);
  return fmt::format("{}: {}", to_string(freshness), because);
}

std::string verdict(Freshness freshness, Reason reason, std::string_view noun, bool has_value,
                    std::int64_t age_ns) {
  std::string text = verdict(freshness, reason);
  if (!has_value || freshness == Freshness::live) return text;
  return fmt::format("{}, {} is {} old", text, noun, age_text(age_ns));
}

std::string no_segment_verdict(const Reader& reader) {
  switch (reader.error()) {
    case OpenError::none:
      return verdict(Freshness::down, Reason::no_segment);
    case OpenError::missing:
      return fmt::format("down: no daemon (no segment \"{}\"); start tickcached",
                         printable(reader.segment()));
    default:
      return "down: " + printable(reader.error_message());
  }
}

std::string feed_verdict(const Reader& reader, const Status& status) {
  return status.reason == Reason::no_segment ? no_segment_verdict(reader)
                                             : verdict(status.feed, status.reason);
}

std::string channel_name(const ChannelStatus& channel) {
  return printable(encode::channel_name(channel));
}

std::string channel_sentence(const ChannelStatus& channel, std::int64_t now_ns) {
  std::string text(state_text(channel.state));
  if (channel.state == ChannelState::refused) {
    return text +
           (channel.reason.empty() ? ", no reason given" : ": " + printable(channel.reason.view()));
  }
  if (channel.count > 0) {
    return fmt::format("{}, {} received, last {} ago", text, grouped(channel.count),
                       age_text(now_ns - channel.last_data_ns));
  }
  return channel.state == ChannelState::acknowledged ? text + ", nothing received yet" : text;
}

std::string_view interval_hint() noexcept {
  return "the exchange is known to have candles of 1m, 5m, 1h and 1d";
}

std::string why_nothing_came(const Status& status, ChannelKind kind, std::string_view symbol,
                             std::string_view interval) {
  ChannelStatus wanted;
  wanted.kind = kind;
  wanted.symbol.assign(symbol);
  wanted.interval.assign(interval);
  std::string others;
  std::size_t count = 0;
  for (const ChannelStatus& channel : channels_of(status)) {
    if (channel.kind != kind || channel.state == ChannelState::unused) continue;
    if (channel.symbol == wanted.symbol && channel.interval == wanted.interval)
      return fmt::format("{}: {}{}", channel_name(channel),
                         channel_sentence(channel, status.now_ns), hint_for(channel));
    if (++count <= kMostNamed) others += (others.empty() ? "" : ", ") + channel_name(channel);
  }
  if (count > kMostNamed) others += fmt::format(" and {} more", count - kMostNamed);
  std::string text = fmt::format("tickcached does not subscribe to {}", channel_name(wanted));
  return others.empty() ? text : text + ", only to " + others;
}

std::string connection_sentence(const ConnectionStatus& connection, std::int64_t now_ns) {
  std::string text = state_text(connection, age_text(now_ns - connection.changed_ns));
  if (connection.epoch > 0) text += fmt::format(", epoch {}", connection.epoch);
  if (connection.messages > 0) {
    text += fmt::format(", {}, last {} ago", counted(connection.messages, "message"),
                        age_text(now_ns - connection.last_message_ns));
  }
  return text;
}

std::string last_error_text(const ConnectionStatus& connection, std::int64_t now_ns) {
  if (connection.last_error.empty()) return {};
  std::string text = fmt::format("{}, {} ago", printable(connection.last_error.view()),
                                 age_text(now_ns - connection.last_error_ns));
  if (connection.failures > 0)
    text += fmt::format(", {} in a row", counted(connection.failures, "failed attempt"));
  return text;
}

std::string_view counter_text(Counter counter) noexcept {
  switch (counter) {
    case Counter::messages:
      return "messages received";
    case Counter::bytes:
      return "bytes received";
    case Counter::ticks:
      return "ticks stored";
    case Counter::orders:
      return "order updates stored";
    case Counter::candles:
      return "candles stored";
    case Counter::portfolios:
      return "portfolio snapshots stored";
    case Counter::pings:
      return "pings received";
    case Counter::pongs:
      return "pongs sent";
    case Counter::acknowledgements:
      return "subscriptions acknowledged";
    case Counter::errors:
      return "error messages from the exchange";
    case Counter::connects:
      return "connections opened";
    case Counter::drops:
      return "connections lost";
    case Counter::failures:
      return "failed attempts to connect";
    case Counter::filtered:
      return "ticks of symbols not configured, put aside";
    case Counter::rejected_json:
      return "messages rejected: no valid JSON";
    case Counter::rejected_encoding:
      return "messages rejected: no valid UTF-8";
    case Counter::rejected_duplicate:
      return "messages rejected: a member occurs twice";
    case Counter::rejected_price:
      return "messages rejected: price absent, not positive or too long";
    case Counter::rejected_symbol:
      return "messages rejected: symbol empty or too long";
    case Counter::rejected_field:
      return "messages rejected: a member absent or malformed";
    case Counter::rejected_capacity:
      return "messages rejected: no room (raise max-symbols)";
    case Counter::rejected_binary:
      return "messages rejected: binary";
    case Counter::ignored_type:
      return "messages of an unknown type, put aside";
    case Counter::absent_quantity:
      return "quantities that cannot be kept exactly, left out";
    case Counter::cut_text:
      return "orders whose text was cut";
    case Counter::ignored_timestamp:
      return "times that cannot be read, left out";
  }
  return {};
}

Style style_of(Freshness freshness) noexcept {
  switch (freshness) {
    case Freshness::live:
      return Style::green;
    case Freshness::stale:
      return Style::yellow;
    case Freshness::down:
      return Style::red;
    case Freshness::missing:
      break;
  }
  return Style::dim;
}

}  // namespace tickcache::cli
