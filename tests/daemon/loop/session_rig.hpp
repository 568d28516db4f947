// One session and what it reports.
#pragma once

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/sources/websocket/session.hpp"

namespace tickcache::daemon {

/// Runs sessions on a loop of its own. The URL's host is "exchange.test", which `resolve_to()`
/// decides about.
class SessionRig : private SessionListener {
 public:
  SessionRig();
  virtual ~SessionRig() = default;
  SessionRig(const SessionRig&) = delete;
  SessionRig& operator=(const SessionRig&) = delete;

  /// What the host name stands for.
  void resolve_to(Endpoints endpoints);
  /// Begins the attempt of this number.
  void start(std::uint64_t attempt = 7);
  /// Runs the loop until `done()`, but not for ever. Returns whether it is done.
  bool run_until(const std::function<bool()>& done);
  /// Runs the loop until the attempt has ended, and requires that it failed as `kind`.
  Failure failure(Failure::Kind kind);
  bool opens();
  bool receives(const std::string& text);
  /// Runs the loop until the session has ended, and returns the close code that was reported.
  int close_code();
  /// Whether nobody holds the session any more, once the rig has let it go.
  bool vanishes();

  boost::asio::io_context io{1};
  SessionSettings settings;
  std::shared_ptr<Session> session;

  int opened = 0;
  std::vector<Failure> failures;
  std::vector<std::string> texts;
  std::vector<std::size_t> binaries;
  std::vector<int> close_codes;
  /// Called at each text.
  std::function<void()> at_text;

 private:
  void on_open(SessionId id) override;
  void on_failed(SessionId id, const Failure& failure) override;
  void on_text(SessionId id, std::string_view message, Time now) override;
  void on_binary(SessionId id, std::string_view message, Time now) override;
  void on_closed(SessionId id, int code) override;

  [[nodiscard]] std::size_t reports() const { return failures.size() + close_codes.size(); }

  SessionId id_{3, 0};
  Time started_{};
};

}  // namespace tickcache::daemon
