// HTTP for those who watch the daemon: /metrics, /healthz and /readyz.
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

/// Made anew for each request, on the loop.
struct MetricsPages {
  std::function<std::string()> metrics;    ///< Prometheus's text
  std::function<std::string()> not_ready;  ///< why the feed is not live; empty if it is
};

/// Serves on the daemon's own loop, so that an answer to /healthz shows that it turns. What a
/// client can take of it is bounded: kMaxConnections at once, the next wait; one request each, GET
/// or HEAD, of kMaxHeader bytes at most, and kPatience for all of it.
class MetricsListener {
 public:
  static constexpr std::size_t kMaxConnections = 8;
  static constexpr std::size_t kMaxHeader = 4096;
  static constexpr std::chrono::milliseconds kPatience{5000};

  /// Listens at once; a name ("localhost") is 127.0.0.1. Throws std::runtime_error if that is not
  /// possible. `io` outlives it, and so does whatever `pages` refer to. Tests have less `patience`.
  MetricsListener(boost::asio::io_context& io, const Endpoint& where, MetricsPages pages,
                  std::chrono::milliseconds patience = kPatience);
  /// Ends every connection without a word.
  ~MetricsListener();
  MetricsListener(const MetricsListener&) = delete;
  MetricsListener& operator=(const MetricsListener&) = delete;

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;

 private:
  class Server;
  std::shared_ptr<Server> server_;
};

}  // namespace tickcache::daemon
