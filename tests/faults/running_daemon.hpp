// tickcached's Daemon against a hostile exchange, in this process and on a thread of its own.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "daemon/core/daemon.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::faults {

using std::chrono::milliseconds;
using test::soon;

/// What the daemon has logged.
class LogBook {
 public:
  void add(const std::string& line);
  [[nodiscard]] bool has(const std::string& text) const;
  [[nodiscard]] std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

struct DaemonOptions {
  std::string url = {};  ///< or else ws://127.0.0.1:port
  std::uint16_t port = 0;
  /// On top of those of arguments.hpp, or in their place.
  std::vector<std::string> arguments = {};
  std::function<void(daemon::SessionSettings&)> adjust = {};
};

/// One at a time: it ends by SIGTERM, to this process.
class RunningDaemon {
 public:
  explicit RunningDaemon(const DaemonOptions& options);
  ~RunningDaemon();
  RunningDaemon(const RunningDaemon&) = delete;
  RunningDaemon& operator=(const RunningDaemon&) = delete;

  /// As `tickcache` sees it.
  [[nodiscard]] Status status();
  [[nodiscard]] std::uint64_t count(Counter counter) { return status().counter(counter); }
  [[nodiscard]] Result<Ticker> ticker(std::string_view symbol = "BTCUSDT");
  [[nodiscard]] const LogBook& log() const noexcept { return log_; }

  /// Whether the daemon ended by itself within `limit`, and with which exit code.
  std::optional<int> ended(milliseconds limit = test::kPatience);
  /// Stops it; false if it does not end within kPatience.
  bool stop();

 private:
  LogBook log_;
  test::SegmentName segment_;
  std::unique_ptr<daemon::Daemon> daemon_;
  std::unique_ptr<Reader> reader_;
  std::future<int> exit_code_;
  std::thread thread_;
};

/// Whether `symbol` becomes live, that is, connection and prices are back.
bool recovers(RunningDaemon& daemon, std::string_view symbol = "BTCUSDT");

/// A resolver that gives `addresses` for every name, in this order; "127.0.0.1:port" each.
using Address = std::pair<std::string, std::uint16_t>;
daemon::Resolve fixed_resolver(daemon::Resolve system, std::vector<Address> addresses);

}  // namespace tickcache::faults
