// tickcached at work: one loop that carries what the exchange says into the segment.
#pragma once

#include <array>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/capacity_watch.hpp"
#include "daemon/config/options.hpp"
#include "daemon/decode/decode.hpp"
#include "daemon/event_loop.hpp"
#include "daemon/repeat_limit.hpp"
#include "daemon/self_report.hpp"
#include "daemon/session.hpp"
#include "daemon/upstream/upstream.hpp"
#include "daemon/wake_up.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

/// What the process exits with.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,
  kExitAuthentication = 77,
  kExitConfiguration = 78,
};

/// Everything on one thread.
class Daemon final : private SessionListener {
 public:
  /// Publishes the segment. `inputs` is read again on SIGHUP. Throws WriterError if the segment
  /// cannot be had, std::exception if the certificates cannot be read, metrics not be served, or
  /// the loop not be had.
  Daemon(const Config& config, Inputs inputs);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Runs until a signal, a rejected key or the loss of the segment's name ends it. Returns the
  /// exit code.
  int run();

  /// How sessions are made. A test may change it before run(), to need no DNS and no patience.
  [[nodiscard]] SessionSettings& session_settings() noexcept { return session_settings_; }

 private:
  // What sessions report.
  void on_open(SessionId id) override;
  void on_failed(SessionId id, const Failure& failure) override;
  void on_text(SessionId id, std::string_view message, Time now) override;
  void on_binary(SessionId id, std::size_t size, Time now) override;
  void on_drained() override;
  void on_closed(SessionId id, int code) override;

  // What the decision machine wants.
  void carry_out(Time now);
  void act(const Connect& action, Time now);
  void act(const SendText& action, Time now);
  void act(const SendPong& action, Time now);
  void act(const Close& action, Time now);
  void act(const SetState& action, Time now);
  void act(const SetError& action, Time now);
  void act(const BeginEpoch& action, Time now);
  void act(const SetChannel& action, Time now);
  void act(const DropChannel& action, Time now);
  void act(const StopForGood& action, Time now);
  void act(const Log& action, Time now);

  [[nodiscard]] std::string without_key(std::string_view text) const;
  void tell_repeats(Time now, bool all);
  static void warn_of(const std::string& what);

  // The loop's own business.
  [[nodiscard]] bool is_late(Time now) const;
  void end_late_sessions(Time now);
  void beat();
  bool keep_name(Time now);
  void on_deadline();
  void arm_deadline();
  void take_signals();
  void reload(Time now);
  void unsubscribe_unwanted(const Filter& before);
  /// `why` is for people.
  void stop(RunState state, int exit_code, std::string_view why);

  EventLoop io_;
  Config config_;
  Inputs inputs_;
  std::optional<boost::asio::ssl::context> tls_;  ///< for wss only: OpenSSL takes 2 MB
  SessionSettings session_settings_;
  SelfReport report_;
  CacheWriter writer_;
  Decoder decoder_;
  Upstream upstream_;
  WakeUp wake_up_;
  CapacityWatch capacity_;
  RepeatLimit repeats_;
  std::array<std::shared_ptr<Session>, kMaxConnections> sessions_;
  std::array<ConnectionState, kMaxConnections> states_{};
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
