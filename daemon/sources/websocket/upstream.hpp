// The decision machine for all connections to the exchange: decides when to connect, subscribe,
// answer, wait and give up. Its input is events and the time, its output actions. It has no I/O, no
// clock and no thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/core/event.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/platform/subscriptions.hpp"
#include "daemon/sources/net/failure.hpp"
#include "daemon/sources/source.hpp"
#include "daemon/sources/websocket/action.hpp"
#include "daemon/sources/websocket/connection.hpp"
#include "daemon/sources/websocket/session_id.hpp"

namespace tickcache::daemon {

/// That the exchange rejects the key at present.
struct KeyRejection {
  Time since{};        ///< the first of these rejections; 0: it does not reject it
  Time retry_until{};  ///< 0: it never accepted the key, which is not retried

  bool operator==(const KeyRejection&) const = default;
};

/// Report every event with the time, call on_time() when deadline() is reached, and after each of
/// these calls carry out the actions from drain(), in order. Times never go backwards. Events of a
/// session other than its connection's present one are ignored.
class Upstream {
 public:
  /// Does nothing before start().
  Upstream(const Wanted& wanted, const Timing& timing, std::uint64_t seed);
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  /// `key_was_accepted`: in an earlier run, so that a rejection may be the exchange's own failure.
  void start(bool key_was_accepted, Time now);
  /// Closes every connection. Later events are ignored.
  void stop(Time now);
  /// Sends the differences in subscriptions on the open connections. Emits DropChannel for removed
  /// channels, but not for removed symbols, which have no channel if all symbols are subscribed to.
  void reconfigure(const Wanted& wanted, const Timing& timing, Time now);

  void on_open(SessionId id, Time now);
  void on_failed(SessionId id, const Failure& failure, Time now);
  /// Report every complete message, even a rejected or ignored one (NothingEvent). Returns which
  /// subscription its data comes from, `present` for a message without.
  Belongs on_message(SessionId id, const Event& event, Time now);
  /// `close_code`: 1006 when the peer sent none.
  void on_closed(SessionId id, int close_code, Time now);
  /// The exchange has answered a ping: sessions with it can be probed.
  void on_pong(SessionId id, Time now);
  /// After start(): how long the ticks of kFirstConnection may pause; 0: any time. After so long
  /// without any sign of life, a ping among them, an exchange that answers pings has lost it.
  void set_silence_limit(Time limit) { first().set_silence_limit(limit); }
  /// After start(): kFirstConnection, if it is open, has lost ticks: replaces it at once.
  void on_ticks_lost(Time now);
  /// The exchange answers other requests: what waits for the next attempt tries at once, unless the
  /// exchange has named a time or keeps ending short sessions.
  void on_exchange_answers(Time now);
  /// Whether AskWhy can be carried out: then a refused upgrade waits for the explanation.
  void set_explains(bool explains) { explains_ = explains; }
  void on_refusal_explained(Refusal refusal, Time now);
  void on_time(Time now);
  /// The loop slept longer than the liveness timeout (suspend, SIGSTOP): ends every session,
  /// discarding buffered data, and reconnects at once. Not a failure: the backoff does not grow.
  void on_late(Time now);

  /// When to call on_time() next; Time::max() if never.
  [[nodiscard]] Time deadline() const;
  [[nodiscard]] const Plan& plan() const { return plan_; }
  /// The next step of the connections.
  [[nodiscard]] Outlook outlook() const;
  /// The exchange has accepted the key, in this run or an earlier one.
  [[nodiscard]] bool key_accepted() const { return key_.accepted; }
  [[nodiscard]] KeyRejection key_rejection() const;
  [[nodiscard]] bool stopped() const { return stopped_; }

  /// Calls carry(Action&) for each pending action, in order. `carry` may report events and call
  /// drain() again: the actions that adds are carried out after those already pending.
  template <class Carry>
  void drain(Carry&& carry) {
    if (draining_) return;
    draining_ = true;
    for (std::size_t i = 0; i < outbox_.actions.size(); ++i) {
      Action action = std::move(outbox_.actions[i]);
      carry(action);
    }
    outbox_.actions.clear();
    draining_ = false;
  }

 private:
  Connection* present(SessionId id);
  Connection& first() { return connections_.at(kFirstConnection); }
  void apply_plan(Time now);
  struct Refused {
    SessionId session;
    std::string how;
    Time at_least{};
  };

  void reject(Connection& connection, const std::string& why, Time at_least, Time now);
  void explain(const Refused& refused, Refusal refusal, Time now);
  void stop_for_good(const std::string& reason);

  Timing timing_;
  KeyStanding key_;
  Outbox outbox_;
  Plan plan_;
  std::vector<Channel> made_;  ///< candles that are made of ticks while the exchange sends none
  std::vector<Connection> connections_;
  std::uint64_t seed_;
  bool explains_ = false;
  std::vector<Refused> refused_;  ///< waiting for the explanation
  bool started_ = false;
  bool stopped_ = false;
  bool draining_ = false;
};

}  // namespace tickcache::daemon
