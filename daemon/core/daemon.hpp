// The daemon: one event loop that stores the exchange's data in the segment.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/options.hpp"
#include "daemon/core/publisher.hpp"
#include "daemon/service/repeat_limit.hpp"
#include "daemon/service/self_report.hpp"
#include "daemon/sources/redis/redis_source.hpp"
#include "daemon/sources/rest/account_source.hpp"
#include "daemon/sources/rest/rest_source.hpp"
#include "daemon/sources/source.hpp"
#include "daemon/sources/websocket/websocket_source.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

/// For one thread. Its constructor makes sure that timers work: Asio does not check whether the
/// kernel accepted their descriptor, and without timers the daemon could neither send heartbeats
/// nor stop.
class EventLoop : public boost::asio::io_context {
 public:
  /// Throws std::runtime_error if no timer fires within a few seconds.
  EventLoop();
};

/// Exit codes of the process.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,
  kExitAuthentication = 77,
  kExitConfiguration = 78,
};

/// Owns the event loop and the segment; handles heartbeats, signals and reloads. The sources
/// provide the data. Everything runs on one thread.
class Daemon final : private SourceHost {
 public:
  /// Publishes the segment. SIGHUP reads `inputs` again. Throws WriterError if the segment cannot
  /// be published; std::exception if the certificates cannot be read, the metrics address cannot be
  /// bound, or the loop cannot be created.
  Daemon(const Config& config, Inputs inputs);

  /// Runs until a signal, a rejected key or the loss of the segment's name. Returns the exit code.
  int run();

  /// Settings of new sessions with an exchange. Tests may change them before run(), to avoid DNS
  /// and long timeouts.
  [[nodiscard]] SessionSettings& session_settings() noexcept { return *session_settings_; }

 private:
  // SourceHost
  bool was_late(Time now) override;
  void deadline_changed() override;
  void log(LogLevel level, std::string_view text, Time now) override;
  [[nodiscard]] std::span<const std::unique_ptr<Source>> sources() const override {
    return sources_;
  }
  void key_rejected(std::string_view why) override;

  std::vector<std::unique_ptr<Source>> make_sources();
  void tell_repeats(Time now, bool all);

  // The loop
  void confine();
  void beat();
  bool keep_name(Time now);
  void on_deadline();
  void take_signals();
  void reload(Time now);
  /// `why` is shown to users.
  void stop(RunState state, int exit_code, std::string_view why);

  EventLoop io_;
  Config config_;
  Inputs inputs_;
  SelfReport report_;
  // Before the writer: if a source cannot be created, the segment stays untouched.
  std::optional<boost::asio::ssl::context> tls_;
  SessionSettings* session_settings_ = nullptr;  ///< of the WebSocket
  const std::vector<std::unique_ptr<Source>> sources_;
  CacheWriter writer_;
  Publisher publisher_;
  RepeatLimit repeats_;
  boost::asio::steady_timer beat_timer_;
  boost::asio::steady_timer deadline_timer_;
  Time armed_deadline_ = Time::max();
  Time last_beat_{};
  Time name_checked_{};
  std::string name_error_;  ///< the last one logged
  bool stopping_ = false;
  int exit_code_ = kExitOk;
};

}  // namespace tickcache::daemon
