// The actions that Upstream, the decision machine, requests: its only output.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/config/config.hpp"
#include "daemon/core/event.hpp"
#include "daemon/sources/websocket/session_id.hpp"
#include "tickcache/status.hpp"
#include "tickcache/text.hpp"

namespace tickcache::daemon {

/// Start this session: resolve, connect, do the handshakes; then report on_open() or on_failed().
/// If an earlier session of the connection is still closing, abort it first: never two at once.
struct Connect {
  SessionId session;
};

struct SendText {
  SessionId session;
  std::string text;
};

/// Send kPong, unless one is queued and not yet written.
struct SendPong {
  SessionId session;
};

/// Send a WebSocket ping. If the exchange answers, on_pong() is reported.
struct SendPing {
  SessionId session;
};

/// End this session; its later reports are ignored. `abort`: without a closing handshake.
struct Close {
  SessionId session;
  bool abort = false;
};

struct SetState {
  std::uint8_t connection = 0;
  ConnectionState state = ConnectionState::unused;
};

/// Why the connection's attempt or session ended.
struct SetError {
  std::uint8_t connection = 0;
  std::string why;
  std::uint32_t failures = 0;  ///< failed attempts since it was last open
};

/// The connection has opened and starts the next epoch. It precedes everything else of the session
/// and is directly followed by SetState up.
struct BeginEpoch {
  std::uint8_t connection = 0;
};

/// A wanted channel, its connection and the state of its subscription.
struct SetChannel {
  std::uint8_t connection = 0;
  Channel channel;
  ChannelState state = ChannelState::unused;
  Text<96> reason;  ///< if refused: the exchange's answer
};

/// The channel is no longer wanted.
struct DropChannel {
  Channel channel;
};

/// Find out why the exchange refuses the key; then report on_refusal_explained().
struct AskWhy {};

/// The key is rejected for good: every connection is closed and none will be retried.
struct StopForGood {
  std::string reason;
};

struct Log {
  LogLevel level = LogLevel::info;
  std::string text;  ///< one sentence
};

using Action = std::variant<Connect, SendText, SendPong, SendPing, Close, SetState, SetError,
                            BeginEpoch, SetChannel, DropChannel, AskWhy, StopForGood, Log>;

/// One function object for each kind of action, for std::visit().
template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

struct Outbox {
  std::vector<Action> actions;

  template <class T>
  void add(T&& action) {
    actions.emplace_back(std::forward<T>(action));
  }
  void log(LogLevel level, std::string text) { add(Log{level, std::move(text)}); }
  void log(std::uint8_t connection, LogLevel level, const std::string& text) {
    log(level, "connection " + std::to_string(connection) + ": " + text);
  }
};

}  // namespace tickcache::daemon
