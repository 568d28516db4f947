// All connections to the exchange: when to connect, subscribe, answer, wait and give up. Events
// and the time go in, actions come out; no I/O, no clock, no thread of its own.
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
#include "daemon/sources/outlook.hpp"
#include "daemon/sources/websocket/action.hpp"
#include "daemon/sources/websocket/connection.hpp"
#include "daemon/sources/websocket/key_standing.hpp"
#include "daemon/sources/websocket/outbox.hpp"
#include "daemon/sources/websocket/session_id.hpp"

namespace tickcache::daemon {

/// Give it every event together with the time, call on_time() when deadline() has come, and after
/// each of those calls carry out what drain() hands out, in order. Times never go backwards. Events
/// of a session that is not its connection's present one are ignored.
class Upstream {
 public:
  /// Nothing happens before start().
  Upstream(const Wanted& wanted, const Timing& timing, std::uint64_t seed);
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  /// `key_was_accepted`: in an earlier run, so that a rejection may be a failure of the exchange's
  /// own.
  void start(bool key_was_accepted, Time now);
  /// Closes every connection. Whatever comes later is ignored.
  void stop(Time now);
  /// Changes the subscriptions by difference, on the open connections. Channels that go are told by
  /// DropChannel; symbols are not, because they are no channels if all are subscribed to.
  void reconfigure(const Wanted& wanted, const Timing& timing, Time now);

  void on_open(SessionId id, Time now);
  void on_failed(SessionId id, const Failure& failure, Time now);
  /// Every complete message, also one that was rejected or ignored (NothingEvent). Returns whether
  /// it belongs to an open session, that is, whether its content may be published.
  bool on_message(SessionId id, const Event& event, Time now);
  /// `close_code`: 1006 when the peer sent none.
  void on_closed(SessionId id, int close_code, Time now);
  void on_time(Time now);
  /// The loop slept longer than the liveness timeout (suspend, SIGSTOP): ends every session without
  /// what is still buffered and reconnects at once. Not a failure: the backoff does not grow.
  void on_late(Time now);

  /// When to call on_time() next; Time::max() if never.
  [[nodiscard]] Time deadline() const;
  [[nodiscard]] const Plan& plan() const { return plan_; }
  /// What is being waited for, in words for people.
  [[nodiscard]] Outlook outlook() const;
  /// The exchange has accepted the key, in this run or an earlier one.
  [[nodiscard]] bool key_accepted() const { return key_.accepted; }
  [[nodiscard]] bool stopped() const { return stopped_; }

  /// Calls carry(Action&) for each pending action in order. `carry` may report events and call
  /// drain() again: what that adds is carried out after what was there before.
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
  void apply_plan(Time now);
  void tell_plan();
  void reject(Connection& connection, const std::string& how, Time at_least, Time now);
  void stop_for_good(const std::string& reason);

  Timing timing_;
  KeyStanding key_;
  Outbox outbox_;
  Plan plan_;
  std::vector<Connection> connections_;
  std::uint64_t seed_;
  bool started_ = false;
  bool stopped_ = false;
  bool draining_ = false;
};

}  // namespace tickcache::daemon
