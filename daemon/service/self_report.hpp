// Reports the daemon's state, as its readers see it, to the service manager and HTTP clients.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/config/config.hpp"
#include "daemon/service/metrics_listener.hpp"
#include "daemon/service/notifier.hpp"
#include "daemon/sources/source.hpp"
#include "tickcache/status.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::daemon {

/// "live: 620 symbols, 3 channels, 1 connection"; "reconnecting in 4 s: cannot connect (Connection
/// refused)". `status` is the state that readers see, `outlook` the connections' next step.
[[nodiscard]] std::string status_line(const Status& status, const Outlook& outlook);

class SelfReport {
 public:
  /// Listens on the address in `config`. `io` and `config` must outlive it. Throws
  /// std::runtime_error if it cannot listen.
  SelfReport(boost::asio::io_context& io, const Config& config);

  /// The segment is published and signals are handled, or the configuration was reloaded.
  void ready() { notifier_.ready(); }
  void reloading() { notifier_.reloading(); }
  /// The loop is about to end: stops serving. `why` is shown to users.
  void stopping(std::string_view why);
  /// Call it with every heartbeat of the segment.
  void beat(std::span<const std::unique_ptr<Source>> sources, Time now);

 private:
  const Status& status();

  const Config& config_;
  Notifier notifier_;
  std::optional<Reader> reader_;    ///< opened on first use
  std::unique_ptr<Status> status_;  ///< too large for the stack
  std::unique_ptr<web::Server> metrics_;
};

}  // namespace tickcache::daemon
