#include "cli/print/describe.hpp"

#include <fmt/format.h>

#include "cli/print/text.hpp"
#include "encode/status.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

constexpr std::string_view kUnknownState = "in a state that this version does not know";

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
  return kUnknownState;
}

/// What the exchange did to a connection that may not try again.
std::string_view refusal_text(const ConnectionStatus& connection) noexcept {
  return is_suspended(connection) ? "suspended the account" : "rejected the API key";
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
      return fmt::format("the exchange {}, {} ago", refusal_text(connection), age);
    case ConnectionState::closed:
      return fmt::format("closed {} ago", age);
  }
  return std::string(kUnknownState);
}

std::string hint_for(const ChannelStatus& channel) {
  const bool refused_candles = channel.kind == ChannelKind::candles &&
                               channel.state == ChannelState::refused &&
                               channel.origin != Source::ticks;
  return refused_candles ? fmt::format("; {}", interval_hint()) : std::string();
}

}  // namespace

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
  if (status.reason == Reason::no_segment) return no_segment_verdict(reader);
  const ConnectionStatus& connection = status.connections[0];
  if (status.reason == Reason::auth_failed) {
    return fmt::format("{}: tickcached stopped because the exchange {}", to_string(status.feed),
                       refusal_text(connection));
  }
  const std::string text = verdict(status.feed, status.reason);
  return cannot_check_keys(connection) ? text + ": the exchange cannot check API keys at present"
                                       : text;
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
  const bool made = channel.origin == Source::ticks;
  if (made) {
    text = "made of ticks";
    if (!channel.reason.empty())
      text += fmt::format(" (the exchange refuses it: {})", printable(channel.reason.view()));
  }
  if (channel.count > 0) {
    text += fmt::format(", {} {}, last {} ago", grouped(channel.count),
                        made ? "stored" : "received", age_text(now_ns - channel.last_data_ns));
    if (channel.origin == Source::rest) text += " by REST";
  } else if (made) {
    text += ", none yet";
  } else if (channel.state == ChannelState::acknowledged) {
    text += ", nothing received yet";
  }
  if (channel.reconciled_ns != 0) {
    text += fmt::format(", compared with the exchange's list {} ago",
                        age_text(now_ns - channel.reconciled_ns));
  }
  return text;
}

std::string_view interval_hint() noexcept {
  return "the exchange is known to have candles of 1m, 5m, 1h and 1d";
}

std::string why_nothing_came(const Status& status, ChannelKind kind, std::string_view symbol,
                             std::string_view interval) {
  std::string others;
  std::size_t count = 0;
  for (const ChannelStatus& channel : channels_of(status)) {
    if (channel.kind != kind || channel.state == ChannelState::unused) continue;
    if (brings(channel, kind, symbol, interval))
      return fmt::format("{}: {}{}", channel_name(channel),
                         channel_sentence(channel, status.now_ns), hint_for(channel));
    if (++count <= kMostNamed) others += (others.empty() ? "" : ", ") + channel_name(channel);
  }
  if (count > kMostNamed) others += fmt::format(" and {} more", count - kMostNamed);
  const std::string text =
      "tickcached does not subscribe to " + printable(encode::channel_name(kind, symbol, interval));
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

std::string ticks_sentence(const ConnectionStatus& connection) {
  std::string text = "no lag known";
  if (connection.lagging) {
    text = fmt::format("{} late", lag_text(connection.lag_ns));
  } else if (connection.lag_ns > 0) {
    text = fmt::format("lag {}", lag_text(connection.lag_ns));
  }
  return connection.silence_limit_ns > 0 ? fmt::format("{}, silent after {} without one", text,
                                                       age_text(connection.silence_limit_ns))
                                         : text + ", never silent";
}

std::string confirmation_sentence(const Status& status) {
  const std::string_view whom = status.hops > 0 ? "origin" : "exchange";
  if (status.verified_ns == 0) return fmt::format("never by the {}", whom);
  const std::string text =
      fmt::format("by the {} {} ago", whom, age_text(status.now_ns - status.verified_ns));
  return is_confirmed(status) ? text : text + ", too long to count";
}

std::string way_sentence(const Status& status) {
  const ConnectionStatus& way = status.connections[0];
  const std::string machines = counted(status.hops, "other machine");
  if (way.state != ConnectionState::up) return "through " + machines;
  return fmt::format("through {}, at most {} ms late", machines, way.lag_ns / 1'000'000);
}

std::string rest_sentence(const Status& status) {
  const std::uint64_t failed = status.counter(Counter::rest_failed);
  const std::uint64_t rejected = status.counter(Counter::rest_rejected);
  const RestState state = rest_state(status);
  if (state == RestState::unused) return "not asked";
  std::string text = state == RestState::no_answer
                         ? "has not answered"
                         : counted(status.counter(Counter::audits), "comparison");
  if (failed > 0) text += fmt::format(", {}", counted(failed, "failed request"));
  if (rejected > 0) text += fmt::format(", {}", counted(rejected, "unusable answer"));
  return fmt::format("{}, {}, {} healed", text,
                     counted(status.counter(Counter::snapshots), "snapshot"),
                     grouped(status.counter(Counter::healed)));
}

std::string last_error_text(const ConnectionStatus& connection, std::int64_t now_ns) {
  if (connection.last_error.empty()) return {};
  std::string text = fmt::format("{}, {} ago", printable(connection.last_error.view()),
                                 age_text(now_ns - connection.last_error_ns));
  if (connection.failures > 0)
    text += fmt::format(", {} in a row", counted(connection.failures, "failed attempt"));
  return text;
}

bool is_suspended(const ConnectionStatus& connection) noexcept {
  return connection.state != ConnectionState::up &&
         connection.last_error.view().starts_with("the exchange has suspended the account");
}

bool cannot_check_keys(const ConnectionStatus& connection) noexcept {
  const bool retries = connection.state == ConnectionState::waiting ||
                       connection.state == ConnectionState::connecting;
  return retries && connection.last_error.view().starts_with("the exchange cannot check API keys");
}

std::string key_sentence(const Status& status, const Clocks& clocks) {
  const bool gave_up = status.run_state == RunState::auth_failed;
  const bool suspended = is_suspended(status.connections[0]);
  if (status.key_rejected_ns == 0) {
    if (gave_up) return suspended ? "account suspended" : "rejected";
    return status.key_accepted ? "accepted" : "not accepted so far";
  }
  std::string text = (suspended ? "account suspended since " : "rejected since ") +
                     utc_seconds(clocks.to_unix(status.key_rejected_ns));
  if (gave_up || status.key_retry_until_ns == 0) return text;
  if (status.feed == Freshness::down) return text + ", accepted before";
  return fmt::format("{}, retried until {}, as it was accepted before", text,
                     utc_seconds(clocks.to_unix(status.key_retry_until_ns)));
}

Style style_of(Freshness freshness) noexcept {
  constexpr Style kStyles[] = {Style::dim, Style::red, Style::yellow, Style::green};
  return kStyles[static_cast<std::size_t>(freshness)];
}

}  // namespace tickcache::cli
