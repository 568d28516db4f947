// Drives the decision machine by hand and keeps what it wants done.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/platform/request.hpp"
#include "daemon/sources/websocket/upstream.hpp"

namespace tickcache::daemon {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

inline SymbolText symbol(std::string_view name) {
  SymbolText text;
  text.assign(name);
  return text;
}

inline Channel ticker(std::string_view name) { return {ChannelKind::ticker, symbol(name), {}}; }
inline Channel ticker_all() { return {ChannelKind::all_tickers, {}, {}}; }
inline Channel orders() { return {ChannelKind::orders, {}, {}}; }
inline Channel portfolio() { return {ChannelKind::portfolio, {}, {}}; }
inline Channel candles(std::string_view name, std::string_view interval) {
  Channel channel{ChannelKind::candles, symbol(name), {}};
  channel.interval.assign(interval);
  return channel;
}

inline Event tick(std::string_view name) {
  TickEvent event;
  event.symbol = symbol(name);
  return event;
}
inline Event candle(const Channel& channel) {
  CandleEvent event;
  event.symbol = channel.symbol;
  event.interval = channel.interval;
  return event;
}
inline Event acknowledgement(const Channel& channel, bool subscribed = true) {
  return AcknowledgementEvent{subscribed, true, channel};
}
inline Event error(ErrorCode code, std::string_view code_text, std::string_view message) {
  ErrorEvent event;
  event.code = code;
  event.code_text.assign(code_text);
  event.message.assign(message);
  return event;
}
inline Event invalid_channel(std::string_view message = "Unknown channel") {
  return error(ErrorCode::invalid_channel, "INVALID_CHANNEL", message);
}
inline Event subscription_limit() {
  return error(ErrorCode::subscription_limit, "SUBSCRIPTION_LIMIT", "Maximum of 10 reached.");
}
inline Event unknown_action() {
  return error(ErrorCode::unknown_action, "UNKNOWN_ACTION", "Unknown action ''.");
}

inline Wanted want_symbols(const std::vector<std::string>& names, bool private_channels = true) {
  Wanted wanted;
  wanted.orders = wanted.portfolio = private_channels;
  for (const std::string& name : names) wanted.symbols.push_back(symbol(name));
  return wanted;
}
inline Wanted want_all(const std::vector<Channel>& series = {}) {
  Wanted wanted;
  wanted.all_symbols = wanted.orders = wanted.portfolio = true;
  wanted.candles = series;
  return wanted;
}

class Rig {
 public:
  explicit Rig(const Wanted& wanted, const Timing& timing = {}, bool key_was_accepted = false)
      : upstream(wanted, timing, 1), key_accepted_before(key_was_accepted) {}

  /// Carries out nothing, keeps everything.
  void collect() {
    upstream.drain([this](Action& action) {
      if (const auto* connect = std::get_if<Connect>(&action)) {
        sessions[connect->session.connection] = connect->session;
      } else if (const auto* state = std::get_if<SetState>(&action)) {
        states[state->connection] = state->state;
      } else if (const auto* channel = std::get_if<SetChannel>(&action)) {
        channels[joined_name(channel->channel)] = *channel;
      } else if (const auto* dropped = std::get_if<DropChannel>(&action)) {
        channels.erase(joined_name(dropped->channel));
      }
      actions.push_back(std::move(action));
    });
  }

  void start() {
    upstream.start(key_accepted_before, now);
    collect();
  }
  /// Starts, and opens every connection.
  void start_open() {
    start();
    const auto begun = sessions;
    for (const auto& [connection, id] : begun) open(connection);
  }
  void open(std::uint8_t connection = 0) {
    upstream.on_open(sessions[connection], now);
    collect();
  }
  void fail(const Failure& failure = {}, std::uint8_t connection = 0) {
    upstream.on_failed(sessions[connection], failure, now);
    collect();
  }
  void fail_http(int status, std::optional<Time> retry_after = {}, std::uint8_t connection = 0) {
    Failure failure;
    failure.kind = Failure::Kind::http;
    failure.http_status = status;
    failure.retry_after = retry_after;
    fail(failure, connection);
  }
  void close(int code, std::uint8_t connection = 0) {
    upstream.on_closed(sessions[connection], code, now);
    collect();
  }
  Belongs message(const Event& event, std::uint8_t connection = 0) {
    const Belongs belongs = upstream.on_message(sessions[connection], event, now);
    collect();
    return belongs;
  }
  void reconfigure(const Wanted& wanted, const Timing& timing = {}) {
    upstream.reconfigure(wanted, timing, now);
    collect();
  }
  void time() {
    upstream.on_time(now);
    collect();
  }
  /// Lets time pass, calling on_time() at each deadline and at the end.
  void pass(Time span) {
    const Time end = now + span;
    while (upstream.deadline() <= end) {
      now = std::max(now, upstream.deadline());
      time();
    }
    now = end;
    time();
  }

  template <class T>
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(
        std::count_if(actions.begin(), actions.end(),
                      [](const Action& action) { return std::holds_alternative<T>(action); }));
  }
  template <class T>
  [[nodiscard]] const T* last() const {
    for (auto action = actions.rbegin(); action != actions.rend(); ++action) {
      if (const T* found = std::get_if<T>(&*action)) return found;
    }
    return nullptr;
  }
  /// The texts sent since the last forget().
  [[nodiscard]] std::vector<std::string> texts(std::uint8_t connection = 0) const {
    std::vector<std::string> result;
    for (const Action& action : actions) {
      const auto* send = std::get_if<SendText>(&action);
      if (send && send->session.connection == connection) result.push_back(send->text);
    }
    return result;
  }
  [[nodiscard]] std::size_t logged(std::string_view part, LogLevel least = LogLevel::debug) const {
    return static_cast<std::size_t>(
        std::count_if(actions.begin(), actions.end(), [&](const Action& action) {
          const auto* line = std::get_if<Log>(&action);
          return line && line->level >= least && line->text.find(part) != std::string::npos;
        }));
  }
  void forget() { actions.clear(); }
  [[nodiscard]] ChannelState state_of(const Channel& channel) const {
    const auto found = channels.find(joined_name(channel));
    return found == channels.end() ? ChannelState::unused : found->second.state;
  }
  [[nodiscard]] std::string reason_of(const Channel& channel) const {
    return std::string{channels.at(joined_name(channel)).reason.view()};
  }

  Upstream upstream;
  bool key_accepted_before;
  Time now = seconds{1000};
  std::vector<Action> actions;  ///< since the last forget()
  std::map<std::uint8_t, SessionId> sessions;
  std::map<std::uint8_t, ConnectionState> states;
  std::map<std::string, SetChannel> channels;
};

/// How long after now the next attempt begins.
inline Time wait_for_connect(Rig& rig) {
  const Time from = rig.now;
  const std::size_t before = rig.count<Connect>();
  while (rig.count<Connect>() == before) {
    REQUIRE(rig.upstream.deadline() != Time::max());
    rig.now = rig.upstream.deadline();
    rig.time();
  }
  return rig.now - from;
}

}  // namespace tickcache::daemon
