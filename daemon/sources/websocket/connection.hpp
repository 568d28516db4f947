// One of the numbered connections to the exchange: connects, monitors the session and reconnects.
// It has at most one session at a time, and none while it waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/event.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/platform/negotiation.hpp"
#include "daemon/sources/websocket/action.hpp"
#include "daemon/sources/websocket/backoff.hpp"
#include "daemon/sources/websocket/session_id.hpp"

namespace tickcache::daemon {

/// Data, an acknowledgement, or a session that lasts stable_after proves that the key was accepted;
/// an upgrade alone does not, because a rejection may follow it. Only a session that lasts
/// stable_after clears rejected_since: otherwise an exchange that acknowledges a subscription and
/// then rejects the key would be retried forever.
struct KeyStanding {
  bool accepted = false;
  std::optional<Time> rejected_since{};
  std::optional<Time> rejected_at{};  ///< the last time, if nothing has shown since that it is good

  /// Records a rejection. Returns whether it is final.
  bool reject(Time now, Time grace) {
    if (!rejected_since) rejected_since = now;
    rejected_at = now;
    return !accepted || now - *rejected_since >= grace;
  }

  /// A session that opened at `opened` shows that the key is accepted. One that is older than the
  /// last rejection does not end it. Returns whether a rejection has ended.
  bool accept(Time opened) {
    accepted = true;
    if (!rejected_at || opened <= *rejected_at) return false;
    rejected_at.reset();
    return true;
  }
};

class Connection {
 public:
  /// The referenced objects must outlive it.
  Connection(std::uint8_t index, std::uint64_t seed, const Timing& timing, KeyStanding& key,
             Outbox& outbox);

  /// Sets the wanted channels, as Negotiation::want(). On an open connection, sends only the
  /// differences.
  void want(const std::vector<Channel>& channels, const std::vector<Channel>& made, Time now);
  /// Connects, at once or after the present delay. Does nothing if a session is under way.
  void open(Time now);
  /// Ends the session under way on purpose. open() starts again.
  void close();
  /// Ends the session under way because the key is rejected for good.
  void give_up();

  void on_open(Time now);
  /// Returns which subscription its data comes from.
  Belongs on_message(const Event& event, Time now);
  /// The session did not open; `why` completes "connection 0: ". Retries after the backoff, and not
  /// before `at_least` has passed.
  void on_failed(const std::string& why, Time at_least, Time now);
  /// The open session has ended; `why` is the reason.
  void on_lost(const std::string& why, Time now);
  void on_pong(Time now);
  void on_time(Time now);
  void on_late(Time now);
  /// As in Upstream.
  void set_silence_limit(Time limit) { silence_limit_ = limit; }
  void set_pings_answered() { pings_answered_ = true; }
  void on_exchange_answers(Time now);
  /// Why the attempt or session has ended.
  void set_error(const std::string& why, Time now);
  /// Waits with the next attempt, if it waits at all.
  void hold(Time until) { retry_at_ = not_before_ = until; }
  /// Ends the open session and connects again at once.
  void replace(const std::string& why, Time now);

  [[nodiscard]] Time deadline() const;
  [[nodiscard]] ConnectionState state() const { return state_; }
  [[nodiscard]] bool under_way() const {
    return state_ == ConnectionState::connecting || state_ == ConnectionState::up;
  }
  /// The session under way, or else the last one.
  [[nodiscard]] SessionId session() const { return {index_, attempt_}; }
  /// Why the last session ended, as logged; empty if none has.
  [[nodiscard]] const std::string& why_ended() const { return why_ended_; }
  /// Aborts the session under way. Call end(), on_failed() or on_lost() afterwards.
  void cut();
  /// The session under way has ended because of `why`. Call on_failed() or give_up() afterwards.
  void end(const std::string& why, Time now);

 private:
  void connect(Time now);
  void retry(const std::string& text, Time at_least, LogLevel level, Time now);
  void settle(Time now);
  void accept_key();
  [[nodiscard]] Time next_probe() const;
  void probe(Time now);
  void set_state(ConnectionState state);

  std::uint8_t index_;
  const Timing& timing_;
  KeyStanding& key_;
  Outbox& outbox_;
  Negotiation negotiation_;
  Backoff backoff_;
  ConnectionState state_ = ConnectionState::unused;
  std::uint64_t attempt_ = 0;
  Time begun_{};         ///< when the session began; after on_open(), when it opened
  Time last_message_{};  ///< or when the session opened
  Time retry_at_{};      ///< no attempt before this, even after close() and open()
  Time not_before_{};    ///< the part of that which the exchange asked for
  std::string why_ended_;
  std::string why_told_;            ///< the last failure logged as a warning
  unsigned failures_ = 0;           ///< failed attempts since it was last open
  std::optional<Time> down_since_;  ///< start of the outage, if there is one
  bool was_open_ = false;           ///< in any session
  bool stable_ = false;             ///< the session has lasted stable_after
  bool was_stable_ = false;         ///< the last one had, and has not been replaced yet
  bool has_ticked_ = false;         ///< in this session
  Time silence_limit_{};
  bool pings_answered_ = false;    ///< in any session of the exchange
  Time last_sign_{};               ///< of life: message or pong
  std::optional<Time> pinged_at_;  ///< no sign of life since
};

}  // namespace tickcache::daemon
