// What the decision machine wants done: its only output.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "daemon/core/channel.hpp"
#include "daemon/sources/websocket/session_id.hpp"
#include "tickcache/status.hpp"
#include "tickcache/text.hpp"

namespace tickcache::daemon {

/// Begin this session: resolve, connect, shake hands; then report on_open() or on_failed(). If an
/// earlier session of the connection is still closing, cut it first: never two at once.
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

/// End this session; nothing that it reports later matters. `abort`: cut it, without a closing
/// handshake.
struct Close {
  SessionId session;
  std::uint16_t code = 1000;
  bool abort = false;
};

struct SetState {
  std::uint8_t connection = 0;
  ConnectionState state = ConnectionState::unused;
};

/// Why the connection's attempt or session has ended.
struct SetError {
  std::uint8_t connection = 0;
  std::string why;
  std::uint32_t failures = 0;  ///< attempts that failed since it was last open
};

/// The connection has opened and takes the next epoch. Comes before everything else of the
/// session, directly followed by SetState up.
struct BeginEpoch {
  std::uint8_t connection = 0;
};

/// A wanted channel, the connection it is placed on, and how far its subscription has come.
struct SetChannel {
  std::uint8_t connection = 0;
  Channel channel;
  ChannelState state = ChannelState::unused;
  Text<96> reason;  ///< refused: what the exchange said
};

/// The channel is no longer wanted.
struct DropChannel {
  Channel channel;
};

/// The key is rejected for good: every connection has been closed, none will be tried again.
struct StopForGood {
  std::string reason;
};

struct Log {
  enum class Level : std::uint8_t { debug, info, warning, error };
  Level level = Level::info;
  std::string text;  ///< one sentence
};

using Action = std::variant<Connect, SendText, SendPong, Close, SetState, SetError, BeginEpoch,
                            SetChannel, DropChannel, StopForGood, Log>;

}  // namespace tickcache::daemon
