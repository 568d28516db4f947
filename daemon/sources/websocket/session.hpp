// One attempt to talk to the exchange: the only place that knows Beast. It does what it is told and
// reports what happens; it decides nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/config/api_key.hpp"
#include "daemon/config/url.hpp"
#include "daemon/sources/websocket/resolver.hpp"
#include "daemon/sources/websocket/session_id.hpp"

namespace tickcache::daemon {

/// What a session needs to know; outlives it.
struct SessionSettings {
  Url url;
  ApiKey api_key;
  Resolve resolve;
  boost::asio::ssl::context* tls = nullptr;  ///< for wss
  std::string user_agent;
  std::chrono::nanoseconds resolve_timeout = std::chrono::seconds(10);
  std::chrono::nanoseconds address_timeout = std::chrono::seconds(5);  ///< for each address
  /// For all of them together, but for the last. A host with more than can be tried in it has the
  /// others tried in later attempts.
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(30);
  /// For TLS and the upgrade together. With the others, less than Timing::connect_timeout.
  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(10);
  std::chrono::nanoseconds close_timeout = std::chrono::seconds(1);
};

/// The longest message that is accepted; for a longer one the connection is closed with 1009.
inline constexpr std::size_t kMaxMessageSize = std::size_t{1} << 20;

/// Called on the loop. After on_failed() or on_closed() nothing more comes of that session, nor
/// after the session was closed.
class SessionListener {
 public:
  virtual void on_open(SessionId id) = 0;
  virtual void on_failed(SessionId id, const Failure& failure) = 0;
  /// A complete message; `now` is CLOCK_BOOTTIME when it had been read, or at most a few
  /// messages earlier if they came together. `message` is valid during the call.
  virtual void on_text(SessionId id, std::string_view message, Time now) = 0;
  virtual void on_binary(SessionId id, std::size_t size, Time now) = 0;
  /// All messages that came together have been reported.
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
  /// Sends kPong, unless one is already waiting to be written.
  virtual void send_pong() = 0;
  /// Ends the session; nothing is reported from here on. With `abort` at once, else with a closing
  /// handshake that takes no longer than close_timeout.
  virtual void close(std::uint16_t code, bool abort) = 0;

 protected:
  explicit Session(SessionId id) : id_(id) {}

 private:
  SessionId id_;
};

/// Starts a session. `settings` and `listener` outlive the session's last report.
std::shared_ptr<Session> start_session(boost::asio::io_context& io, const SessionSettings& settings,
                                       SessionId id, SessionListener& listener);

}  // namespace tickcache::daemon
