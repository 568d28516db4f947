// An HTTP server for monitoring: /metrics, /healthz and /readyz.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "daemon/config/url.hpp"
#include "web/server.hpp"

namespace tickcache::daemon {

/// Called on the loop for each request.
struct MetricsPages {
  std::function<std::string()> metrics;    ///< the Prometheus text
  std::function<std::string()> not_ready;  ///< why the feed is not live; empty if it is
};

/// Serves the pages until the result is destroyed, on the daemon's own loop, so that a response to
/// /healthz shows that the loop is running. One GET or HEAD request for each connection, which must
/// name this machine in `Host`. Throws as web::Server.
[[nodiscard]] std::unique_ptr<web::Server> serve_metrics(boost::asio::io_context& io,
                                                         const Endpoint& where, MetricsPages pages,
                                                         const web::Limits& limits = {});

}  // namespace tickcache::daemon
