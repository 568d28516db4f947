// Opens a connection: resolves the host, tries its addresses in turn, does the TLS handshake.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "daemon/config/api_key.hpp"
#include "daemon/config/url.hpp"
#include "daemon/sources/net/failure.hpp"
#include "daemon/sources/net/resolver.hpp"
#include "daemon/sources/net/transport.hpp"

namespace tickcache::daemon {

/// Where to connect, as whom, and how long each step may take.
struct DialSettings {
  Url url;
  ApiKey api_key;
  std::string user_agent;
  Resolve resolve;
  boost::asio::ssl::context* tls = nullptr;  ///< for wss
  std::chrono::nanoseconds resolve_timeout = std::chrono::seconds(10);
  std::chrono::nanoseconds address_timeout = std::chrono::seconds(5);  ///< for each address
  /// For all addresses together except the last. If a host has more, later attempts try the others.
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(30);
  /// For TLS and the upgrade together. With the others, less than Timing::connect_timeout.
  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(10);

  /// The context for Transport; null without TLS.
  [[nodiscard]] boost::asio::ssl::context* tls_context() const { return url.tls() ? tls : nullptr; }
};

/// Dials once. A member of the object that also owns the transport.
class Dialer {
 public:
  /// `failure` is null if the transport is connected, with TLS if it uses TLS.
  using Done = std::function<void(const Failure* failure)>;

  /// `io`, `settings` and `transport` must outlive the dialer.
  Dialer(boost::asio::io_context& io, const DialSettings& settings, Transport& transport);
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  /// Calls `done` once, on the loop: never from inside the call, and not after cancel(). `done`
  /// must keep the dialer and the transport alive; it is destroyed with the last operation.
  /// `attempt`, from 1, decides which addresses come first: see in_turns().
  void start(std::uint64_t attempt, Done done);
  /// Nothing is reported any more. The owner closes the transport, also after a failure.
  void cancel() noexcept;

  /// When handshake_timeout is over, once the peer has accepted a connection.
  [[nodiscard]] std::chrono::steady_clock::time_point handshake_deadline() const noexcept {
    return handshake_deadline_;
  }

 private:
  using SharedDone = std::shared_ptr<const Done>;

  void on_resolve(boost::system::error_code error, const Endpoints& endpoints,
                  const SharedDone& done);
  void connect_next(const SharedDone& done);
  void on_connect(boost::system::error_code error, const SharedDone& done);
  void on_tls(boost::system::error_code error, const SharedDone& done);
  [[nodiscard]] bool may_try_next() const;
  void limit(std::chrono::steady_clock::time_point deadline, const SharedDone& done);
  void on_timeout(const SharedDone& done);
  void fail(Failure::Kind kind, boost::system::error_code error, const SharedDone& done,
            const std::string& detail = {});

  const DialSettings& settings_;
  Transport& transport_;
  boost::asio::steady_timer timer_;
  std::uint64_t attempt_ = 1;
  Endpoints endpoints_;
  std::size_t next_endpoint_ = 0;
  std::chrono::steady_clock::time_point give_up_at_;  ///< connecting
  std::chrono::steady_clock::time_point handshake_deadline_;
  bool connecting_ = false;
  bool over_ = false;
};

}  // namespace tickcache::daemon
