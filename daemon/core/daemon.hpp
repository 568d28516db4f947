// tickcached at work: one loop that carries what the exchange says into the segment.
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <string>
#include <string_view>

#include "daemon/config/options.hpp"
#include "daemon/core/event_loop.hpp"
#include "daemon/core/publisher.hpp"
#include "daemon/service/repeat_limit.hpp"
#include "daemon/service/self_report.hpp"
#include "daemon/sources/source.hpp"
#include "daemon/sources/websocket/websocket_source.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

/// What the process exits with.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,
  kExitAuthentication = 77,
  kExitConfiguration = 78,
};

/// The loop, the segment and its beats, signals and reloads; what feeds the segment are the
/// sources. Everything on one thread.
class Daemon final : private SourceHost {
 public:
  /// Publishes the segment. `inputs` is read again on SIGHUP. Throws WriterError if the segment
  /// cannot be had, std::exception if the certificates cannot be read, metrics not be served, or
  /// the loop not be had.
  Daemon(const Config& config, Inputs inputs);
  ~Daemon() = default;
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Runs until a signal, a rejected key or the loss of the segment's name ends it. Returns the
  /// exit code.
  int run();

  /// How sessions are made. A test may change it before run(), to need no DNS and no patience.
  [[nodiscard]] SessionSettings& session_settings() noexcept {
    return websocket_.session_settings();
  }

 private:
  // What sources ask for.
  bool was_late(Time now) override;
  void deadline_changed() override;
  void log(Log::Level level, std::string_view text, Time now) override;
  void key_rejected(std::string_view why) override;

  void tell_repeats(Time now, bool all);

  // The loop's own business.
  void beat();
  bool keep_name(Time now);
  void on_deadline();
  void take_signals();
  void reload(Time now);
  /// `why` is for people.
  void stop(RunState state, int exit_code, std::string_view why);

  EventLoop io_;
  Config config_;
  Inputs inputs_;
  SelfReport report_;
  // Before the segment is touched: sources throw if they lack what they need.
  WebSocketSource websocket_;
  const std::array<Source*, 1> sources_{&websocket_};
  CacheWriter writer_;
  Publisher publisher_;
  RepeatLimit repeats_;
  boost::asio::steady_timer beat_timer_;
  boost::asio::steady_timer deadline_timer_;
  Time armed_deadline_ = Time::max();
  Time last_beat_{};
  Time name_checked_{};
  std::string name_error_;  ///< said last
  bool stopping_ = false;
  int exit_code_ = kExitOk;
};

}  // namespace tickcache::daemon
