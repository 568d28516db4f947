// An HTTP server for monitoring: /metrics, /healthz and /readyz.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <optional>
#include <string>

#include "daemon/config/url.hpp"
#include "web/server.hpp"

namespace tickcache::daemon {

/// Called on the loop for each request.
struct MetricsPages {
  std::function<std::string()> metrics;    ///< the Prometheus text
  std::function<std::string()> not_ready;  ///< why the feed is not live; empty if it is
};

/// Runs on the daemon's own loop, so that a response to /healthz shows that the loop is running.
/// One GET or HEAD request for each connection, which must name this machine in `Host`.
class MetricsListener {
 public:
  /// As web::Server.
  MetricsListener(boost::asio::io_context& io, const Endpoint& where, MetricsPages pages,
                  const web::Limits& limits = {});

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return server_->endpoint(); }

 private:
  std::optional<web::Server> server_;
};

}  // namespace tickcache::daemon
