// An HTTP server for monitoring: /metrics, /healthz and /readyz.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "daemon/config/url.hpp"

namespace tickcache::daemon {

/// Called on the loop for each request.
struct MetricsPages {
  std::function<std::string()> metrics;    ///< the Prometheus text
  std::function<std::string()> not_ready;  ///< why the feed is not live; empty if it is
};

/// Runs on the daemon's own loop, so that a response to /healthz shows that the loop is running.
/// Clients can use only bounded resources: kMaxConnections at a time (one more closes the oldest
/// that has not asked yet), one GET or HEAD request each, kMaxHeader bytes of header, kPatience for
/// the request and again for the answer. A request must name this machine in `Host`.
class MetricsListener {
 public:
  static constexpr std::size_t kMaxConnections = 64;
  static constexpr std::size_t kMaxHeader = 4096;
  static constexpr std::chrono::milliseconds kPatience{2000};

  /// Starts to listen; "localhost" means 127.0.0.1. Throws std::runtime_error if it cannot. `io`
  /// and everything that `pages` refer to must outlive it. Tests pass a shorter `patience`.
  MetricsListener(boost::asio::io_context& io, const Endpoint& where, MetricsPages pages,
                  std::chrono::milliseconds patience = kPatience);
  /// Closes every connection without a response.
  ~MetricsListener();
  MetricsListener(const MetricsListener&) = delete;
  MetricsListener& operator=(const MetricsListener&) = delete;

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;

 private:
  class Server;
  std::shared_ptr<Server> server_;
};

}  // namespace tickcache::daemon
