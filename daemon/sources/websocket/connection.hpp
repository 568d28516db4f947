// One of the numbered connections to the exchange: connecting, staying alive, coming back. Its
// sessions follow each other; none is under way while it waits.
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
#include "daemon/sources/websocket/key_standing.hpp"
#include "daemon/sources/websocket/outbox.hpp"
#include "daemon/sources/websocket/session_id.hpp"

namespace tickcache::daemon {

class Connection {
 public:
  /// What it refers to outlives it.
  Connection(std::uint8_t index, std::uint64_t seed, const Timing& timing, KeyStanding& key,
             Outbox& outbox);

  /// Makes `channels` the wanted set; on an open connection by difference.
  void want(const std::vector<Channel>& channels, Time now);
  /// Connects, at once or when the wait after the last failure is over; nothing if under way.
  void open(Time now);
  /// Ends what is under way, on purpose; open() begins again.
  void close();
  /// Ends what is under way: the key is rejected for good.
  void give_up();

  void on_open(Time now);
  void on_message(const Event& event, Time now);
  /// The session did not open; `why` completes "connection 0: ". Tried again after the backoff, not
  /// before `at_least` has passed.
  void on_failed(const std::string& why, Time at_least, Time now);
  /// The open session has ended; `why` says how.
  void on_lost(const std::string& why, Time now);
  void on_time(Time now);
  void on_late(Time now);

  [[nodiscard]] Time deadline() const;
  [[nodiscard]] ConnectionState state() const { return state_; }
  [[nodiscard]] bool under_way() const {
    return state_ == ConnectionState::connecting || state_ == ConnectionState::up;
  }
  /// Of the session under way, or else of the last one.
  [[nodiscard]] SessionId session() const { return {index_, attempt_}; }
  /// Why the last session ended, as it was logged; empty if none has.
  [[nodiscard]] const std::string& why_ended() const { return why_ended_; }
  /// Cuts the session under way; end(), on_failed() or on_lost() is to follow.
  void cut();
  /// The session under way has ended, as `why` says; on_failed() or give_up() is to
  /// follow.
  void end(const std::string& why, Time now);

 private:
  void connect(Time now);
  void retry(const std::string& text, Time at_least, Log::Level level, Time now);
  void set_error(const std::string& why, Time now);
  void settle(Time now);
  void set_state(ConnectionState state);
  void log(Log::Level level, const std::string& text);

  std::uint8_t index_;
  const Timing& timing_;
  KeyStanding& key_;
  Outbox& outbox_;
  Negotiation negotiation_;
  Backoff backoff_;
  ConnectionState state_ = ConnectionState::unused;
  std::uint64_t attempt_ = 0;
  Time begun_{};         ///< when the session began; after on_open(), when it opened
  Time last_message_{};  ///< or when it opened
  Time retry_at_{};      ///< no attempt before this, also across close() and open()
  std::string why_ended_;
  std::string why_told_;            ///< the failure that was logged last as a warning
  unsigned failures_ = 0;           ///< attempts that failed since it was last open
  std::optional<Time> down_since_;  ///< the outage's begin; nothing while there is none
  bool was_open_ = false;           ///< in any session
  bool stable_ = false;             ///< the session has lasted stable_after
};

}  // namespace tickcache::daemon
