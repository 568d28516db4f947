// A small HTTP/1.1 client on the daemon's loop: GET, over a connection that is kept alive.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "daemon/sources/net/dialer.hpp"
#include "daemon/sources/rest/http_answer.hpp"

namespace tickcache::daemon {

/// One request at a time. The server can neither hold up the loop nor make memory grow: answers are
/// bounded (answer_reader.hpp), and so is the time of a request. Redirections are answers, and are
/// not followed.
class HttpClient {
 public:
  /// Called on the loop. May call anything of the client, and destroy it.
  using Done = std::function<void(HttpResult)>;

  /// Of the URL, scheme, host and port are used. Each request's own timeout holds besides those of
  /// dialing. `io` and `settings` must outlive the client.
  HttpClient(boost::asio::io_context& io, const DialSettings& settings);
  /// As close().
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Requests `target`, a path and query that begin with '/' and are percent-encoded where needed.
  /// `with_key`: sends the key, in kKeyHeader. Calls `done` once, never from inside the call and
  /// not after close(). Only if not busy().
  ///
  /// If the kept connection has ended before the first byte of an answer, sends the request once
  /// more, on a new one, within the same `timeout`. Any failure ends the connection.
  void get(std::string target, bool with_key, std::chrono::nanoseconds timeout, Done done);
  /// Whether a request is under way.
  [[nodiscard]] bool busy() const noexcept;
  /// Ends the request under way, without a report, and the connection: nothing of the client stays
  /// on the loop, which a kept connection does. get() may follow.
  void close();

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace tickcache::daemon
