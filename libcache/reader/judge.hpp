// The rules of freshness: whether a value can be trusted. They read no clock and own no mapping.
// Inline, because every price lookup runs them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "libcache/segment/segment_view.hpp"
#include "tickcache/status.hpp"

namespace tickcache {

struct Verdict {
  Freshness freshness = Freshness::live;
  Reason reason = Reason::none;

  friend bool operator==(const Verdict&, const Verdict&) noexcept = default;
};

/// Where and when a record was received.
struct Origin {
  std::uint32_t epoch = 0;
  std::uint8_t connection = 0;
  std::int64_t received_ns = 0;
  std::uint8_t objections = 0;  ///< of Ticker
  bool snapshot = false;        ///< of Ticker
};

/// The reason that the objections give: that of the first known one.
inline Reason first_objection(std::uint8_t objections) noexcept {
  if (objections & Ticker::kLate) return Reason::lagging;
  if (objections & Ticker::kRejected) return Reason::rejected;
  if (objections & Ticker::kLost) return Reason::unconfirmed;
  return Reason::unsubscribed;
}

/// A timestamp further in the future than this was not written by a running daemon of this boot.
inline constexpr std::int64_t kFutureTolerance = 1'000'000'000;

/// The state of the daemon and of one connection. Load it after the record and before the clock:
/// anything that happens in between makes a value look older, never fresher. The session is loaded
/// last: a daemon that was suspended ends its epochs before the next heartbeat, so a reader that
/// sees the new heartbeat must also see the end of the epoch.
struct Signals {
  std::uint64_t run_state = 0;  ///< RunState; an unknown value counts as stopped
  std::int64_t heartbeat_ns = 0;
  std::uint64_t session = 0;  ///< layout::session_word()
};

inline Signals load_signals(const SegmentView& view, std::uint8_t connection) noexcept {
  const layout::StatusPart& status = view.status();
  // Acquire: later loads are at least as new.
  Signals signals;
  signals.run_state = status.run_state.load(std::memory_order_acquire);
  signals.heartbeat_ns = load(status.heartbeat_ns);
  // Nearly always there is one connection. The branch is predicted; an index would wait for the
  // record.
  if (connection == 0) {
    signals.session = status.sessions[0].load(std::memory_order_acquire);
  } else {
    signals.session = status.sessions[connection % kMaxConnections].load(std::memory_order_acquire);
  }
  return signals;
}

/// a - b, saturated: a corrupt segment may hold any timestamp.
inline std::int64_t age_between(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) {
    return a < b ? std::numeric_limits<std::int64_t>::min()
                 : std::numeric_limits<std::int64_t>::max();
  }
  return result;
}

/// The period in which the daemon counts as alive, and why it is down at any other time.
struct Lifetime {
  std::int64_t from = std::numeric_limits<std::int64_t>::max();
  std::int64_t until = std::numeric_limits<std::int64_t>::min();
  Reason otherwise = Reason::stopped;

  [[nodiscard]] Reason at(std::int64_t now) const noexcept {
    return from <= now && now <= until ? Reason::none : otherwise;
  }
};

inline Lifetime lifetime_of(const SegmentView& view, const Signals& signals) noexcept {
  constexpr auto kNumber = [](RunState state) { return static_cast<std::uint64_t>(state); };
  constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  Lifetime result;
  if (signals.run_state == kNumber(RunState::running)) {
    result.from = age_between(signals.heartbeat_ns, kFutureTolerance);
    if (__builtin_add_overflow(signals.heartbeat_ns, view.header().liveness_timeout_ns,
                               &result.until)) {
      result.until = signals.heartbeat_ns < 0 ? std::numeric_limits<std::int64_t>::min() : kNever;
    }
    result.otherwise = Reason::heartbeat_lost;
  } else if (signals.run_state == kNumber(RunState::auth_failed)) {
    result.otherwise = Reason::auth_failed;
  } else if (signals.run_state == kNumber(RunState::superseded)) {
    result.otherwise = Reason::superseded;
  }
  return result;
}

/// Why the daemon that writes the segment is down at `now`; Reason::none if it is alive.
inline Reason judge_daemon(const SegmentView& view, const Signals& signals,
                           std::int64_t now) noexcept {
  return lifetime_of(view, signals).at(now);
}

/// Up to this age, a price needs no proof but itself. Less if the ticks are silent earlier.
inline constexpr std::int64_t kFresh = 2'000'000'000;

/// After how long without a tick a connection's ticks are silent. `silence_after` is the header's.
inline std::int64_t silence_limit(const layout::ConnectionActivity& activity,
                                  std::int64_t silence_after) noexcept {
  const std::int64_t own = load(activity.silence_limit_ns);
  return own > 0 && own < silence_after ? own : silence_after;
}

/// Whether the exchange has confirmed the stored prices lately.
inline bool is_confirmed(const layout::StatusPart& status, std::int64_t now) noexcept {
  const std::int64_t verified = load(status.verified_ns);
  return verified != 0 && age_between(now, verified) <= load(status.verified_for_ns);
}

/// Limits on a record's age, in nanoseconds.
struct Limits {
  /// Those of a ticker; `silence_after` is the header's.
  static Limits of_ticker(std::int64_t max_age, std::int64_t silence_after) noexcept {
    Limits limits;
    limits.max_age = max_age;
    limits.fresh = silence_after > 0 ? std::min(kFresh, silence_after) : kFresh;
    limits.tick_silence = silence_after;
    return limits;
  }

  std::int64_t max_age = std::numeric_limits<std::int64_t>::max();
  std::int64_t fresh = 0;         ///< a ticker older than this needs proof; 0: never
  std::int64_t tick_silence = 0;  ///< of a ticker: the header's silence_after_ns
  std::int64_t own_silence = 0;   ///< stale if the record itself is older than this; 0: never
};

/// Whether a record can be trusted. The constructor judges everything that does not depend on the
/// clock: no work overlaps with reading the clock, so little should be left to do after it.
class Judgement {
 public:
  Judgement(const SegmentView& view, const Signals& signals, const Origin& origin,
            const Limits& limits) noexcept
      : status_(view.status()),
        lifetime_(lifetime_of(view, signals)),
        session_(signals.session),
        max_age_(limits.max_age),
        fresh_(limits.fresh),
        tick_silence_(limits.tick_silence),
        own_silence_(limits.own_silence),
        received_ns_(origin.received_ns),
        connection_(origin.connection),
        snapshot_(origin.snapshot) {
    if (origin.objections != 0) {
      distrust_ = first_objection(origin.objections);
    } else if (layout::session_state(session_) != ConnectionState::up) {
      distrust_ = Reason::reconnecting;
    } else if (origin.epoch == 0 || origin.epoch != layout::session_epoch(session_)) {
      distrust_ = Reason::previous_epoch;
    } else {
      young_ = limits.max_age;
      if (limits.own_silence > 0) young_ = std::min(young_, limits.own_silence);
      if (limits.fresh > 0) young_ = std::min(young_, limits.fresh);
    }
  }

  /// Whether the record is certainly live at `now`, read after construction, with the record's age
  /// `age`. True for nearly every tick, so fast lookups check nothing else.
  [[nodiscard]] bool is_live(std::int64_t now, std::int64_t age) const noexcept {
    return lifetime_.from <= now && now <= lifetime_.until && -kFutureTolerance <= age &&
           age <= young_;
  }

  /// The verdict at `now`.
  [[nodiscard]] Verdict at(std::int64_t now) const noexcept {
    const std::int64_t age = age_between(now, received_ns_);
    if (is_live(now, age)) return {};
    if (const Reason reason = lifetime_.at(now); reason != Reason::none) {
      return {Freshness::down, reason};
    }
    if (age < -kFutureTolerance) return {Freshness::down, Reason::heartbeat_lost};
    if (distrust_ != Reason::none) return {Freshness::stale, distrust_};
    if (own_silence_ > 0 && age > own_silence_) {
      return {Freshness::stale, Reason::silent};
    }
    if (fresh_ > 0 && age > fresh_ && !is_proven(now)) {
      return {Freshness::stale, snapshot_ ? Reason::unconfirmed : Reason::silent};
    }
    if (age > max_age_) return {Freshness::stale, Reason::too_old};
    return {};
  }

 private:
  /// Whether ticks flow, or the exchange has confirmed the price. Reads cache lines that change
  /// with every tick, so it is left out for young prices.
  [[nodiscard]] bool is_proven(std::int64_t now) const noexcept {
    // Acquire: the session below must be loaded after this.
    const std::size_t connection = connection_ % kMaxConnections;
    if (!(!snapshot_ && ticks_flow(status_.connections[connection], now)) &&
        !is_confirmed(status_, now)) {
      return false;
    }
    // The proof may belong to the next epoch, which begins before its ticks.
    return status_.sessions[connection].load(std::memory_order_acquire) == session_;
  }

  [[nodiscard]] bool ticks_flow(const layout::ConnectionActivity& activity,
                                std::int64_t now) const noexcept {
    if (tick_silence_ <= 0) return true;
    const std::int64_t limit = silence_limit(activity, tick_silence_);
    return age_between(now, load(activity.last_tick_ns)) <= limit;
  }

  const layout::StatusPart& status_;
  Lifetime lifetime_;
  std::uint64_t session_;
  std::int64_t max_age_;
  std::int64_t fresh_;
  std::int64_t tick_silence_;
  std::int64_t own_silence_;
  std::int64_t received_ns_;
  std::uint8_t connection_;
  bool snapshot_;
  Reason distrust_ = Reason::none;  ///< why the record is stale at any age
  std::int64_t young_ = std::numeric_limits<std::int64_t>::min();  ///< live up to this age
};

/// Whether the feed as a whole can be trusted at `now`: the daemon runs, every connection is up and
/// ticks arrive. `signals` may be those of any connection.
Verdict judge_feed(const SegmentView& view, const Signals& signals, std::int64_t now) noexcept;

/// Nanoseconds of an interval such as "1m", "4h", "1d", "1w"; 0 if it is not an interval.
std::int64_t interval_ns(std::string_view interval) noexcept;

}  // namespace tickcache
