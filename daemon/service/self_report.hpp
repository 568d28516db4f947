// What the service manager and HTTP clients are told of the daemon: what its readers see.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "daemon/config/config.hpp"
#include "daemon/service/metrics_listener.hpp"
#include "daemon/service/notifier.hpp"
#include "daemon/sources/source.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::daemon {

class SelfReport {
 public:
  /// Listens where `config` says. Both outlive it. Throws std::runtime_error if it cannot listen.
  SelfReport(boost::asio::io_context& io, const Config& config);

  /// The segment is published and signals are handled; or the configuration was read again.
  void ready() { notifier_.ready(); }
  void reloading() { notifier_.reloading(); }
  /// The loop is to end: nobody is served any more. `why` is for people.
  void stopping(std::string_view why);
  /// To be called with every beat of the segment.
  void beat(const Source& source, Time now);

 private:
  const Status& status();

  const Config& config_;
  Notifier notifier_;
  std::optional<Reader> reader_;    ///< once somebody asks
  std::unique_ptr<Status> status_;  ///< too large for the stack
  std::unique_ptr<MetricsListener> listener_;
};

}  // namespace tickcache::daemon
