// One session with the exchange: carries out what it is told and reports events, but decides
// nothing. The only user of Beast's WebSocket.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/sources/net/dialer.hpp"
#include "daemon/sources/websocket/session_id.hpp"

namespace tickcache::daemon {

/// Settings of a session; must outlive it.
struct SessionSettings : DialSettings {
  std::chrono::nanoseconds close_timeout = std::chrono::seconds(1);
};

/// The longest message accepted; a longer one closes the connection with 1009.
inline constexpr std::size_t kMaxMessageSize = std::size_t{1} << 20;

/// Called on the loop. A session reports nothing after on_failed(), on_closed() or
/// Session::close().
class SessionListener {
 public:
  virtual void on_open(SessionId id) = 0;
  virtual void on_failed(SessionId id, const Failure& failure) = 0;
  /// A complete message, valid during the call. `now` is CLOCK_BOOTTIME when it was read, or at
  /// most a few messages earlier if they arrived together.
  virtual void on_text(SessionId id, std::string_view message, Time now) = 0;
  virtual void on_binary(SessionId id, std::string_view message, Time now) = 0;
  /// The answer to a ping.
  virtual void on_pong(SessionId /*id*/) {}
  /// All messages that arrived together have been reported.
  virtual void on_drained() {}
  /// `code`: 1006 if the peer sent none.
  virtual void on_closed(SessionId id, int code) = 0;

 protected:
  ~SessionListener() = default;
};

class Session {
 public:
  virtual ~Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] SessionId id() const noexcept { return id_; }

  virtual void send_text(std::string text) = 0;
  /// Sends kPong, unless one is already queued.
  virtual void send_pong() = 0;
  /// Sends a WebSocket ping, unless one is being sent.
  virtual void send_ping() = 0;
  /// Ends the session, which reports nothing more: at once with `abort`, else with a closing
  /// handshake of at most close_timeout.
  virtual void close(bool abort) = 0;

 protected:
  explicit Session(SessionId id) : id_(id) {}

 private:
  SessionId id_;
};

/// Starts a session. `settings` and `listener` must outlive its last report.
std::shared_ptr<Session> start_session(boost::asio::io_context& io, const SessionSettings& settings,
                                       SessionId id, SessionListener& listener);

}  // namespace tickcache::daemon
