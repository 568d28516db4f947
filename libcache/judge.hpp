// "Can I trust this value?": the rules of freshness, without a clock or a mapping of their own.
// Inline, because every lookup of a price goes through them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "libcache/segment_view.hpp"
#include "tickcache/status.hpp"

namespace tickcache {

struct Verdict {
  Freshness freshness = Freshness::live;
  Reason reason = Reason::none;

  friend bool operator==(const Verdict&, const Verdict&) noexcept = default;
};

/// What a record says about where and when it came from.
struct Origin {
  std::uint32_t epoch = 0;
  std::uint8_t connection = 0;
  std::int64_t received_ns = 0;
  bool unsubscribed = false;
};

/// A stamp further in the future than this was not made by a living daemon of this boot.
inline constexpr std::int64_t kFutureTolerance = 1'000'000'000;

/// What the segment says of the daemon and of one connection. Load it after the record and before
/// the clock: what happens in between then makes a value look older, never fresher. The session
/// comes last: a daemon that was suspended ends its epochs before it beats again, so who sees the
/// new beat must look for the end after it.
struct Signals {
  std::uint64_t run_state = 0;  ///< RunState; whatever has no name there counts as stopped
  std::int64_t heartbeat_ns = 0;
  std::uint64_t session = 0;  ///< layout::session_word()
};

inline Signals load_signals(const SegmentView& view, std::uint8_t connection) noexcept {
  const layout::StatusPart& status = view.status();
  // Acquire: what is loaded after these is at least as new.
  Signals signals;
  signals.run_state = status.run_state.load(std::memory_order_acquire);
  signals.heartbeat_ns =
      static_cast<std::int64_t>(status.heartbeat_ns.load(std::memory_order_acquire));
  // Nearly always there is one connection. A branch is guessed, where an index would have to wait
  // for the record.
  if (connection == 0) {
    signals.session = status.sessions[0].load(std::memory_order_acquire);
  } else {
    signals.session = status.sessions[connection % kMaxConnections].load(std::memory_order_acquire);
  }
  return signals;
}

/// a - b, saturated: stamps of a corrupt segment may lie anywhere.
inline std::int64_t age_between(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) {
    return a < b ? std::numeric_limits<std::int64_t>::min()
                 : std::numeric_limits<std::int64_t>::max();
  }
  return result;
}

/// Whether the daemon that writes the segment is alive at `now`: none, or why it is down.
inline Reason judge_daemon(const SegmentView& view, const Signals& signals,
                           std::int64_t now) noexcept {
  constexpr auto kNumber = [](RunState state) { return static_cast<std::uint64_t>(state); };
  if (signals.run_state == kNumber(RunState::auth_failed)) return Reason::auth_failed;
  if (signals.run_state == kNumber(RunState::superseded)) return Reason::superseded;
  if (signals.run_state != kNumber(RunState::running)) return Reason::stopped;
  const std::int64_t age = age_between(now, signals.heartbeat_ns);
  if (age > view.header().liveness_timeout_ns || age < -kFutureTolerance) {
    return Reason::heartbeat_lost;
  }
  return Reason::none;
}

/// How old a record may be, in nanoseconds.
struct Limits {
  std::int64_t max_age = std::numeric_limits<std::int64_t>::max();
  std::int64_t tick_silence = 0;  ///< stale if no tick of any symbol came for that long; 0: never
  std::int64_t own_silence = 0;   ///< stale if the record itself is older than that; 0: never
};

inline bool is_silent(const SegmentView& view, const Signals& signals, const Origin& origin,
                      const Limits& limits, std::int64_t now) noexcept {
  const std::int64_t age = age_between(now, origin.received_ns);
  if (limits.own_silence > 0 && age > limits.own_silence) return true;
  // A tick that young is itself the proof: the line that changes with every tick stays unread.
  if (limits.tick_silence <= 0 || age <= limits.tick_silence) return false;
  const layout::StatusPart& status = view.status();
  const std::uint8_t connection = origin.connection % kMaxConnections;
  // Acquire: the look at the session below must not come before this one.
  const auto last_tick = static_cast<std::int64_t>(
      status.connections[connection].last_tick_ns.load(std::memory_order_acquire));
  if (age_between(now, last_tick) > limits.tick_silence) return true;
  // The tick that ended the silence may be one of the next epoch, which begins before its ticks.
  return status.sessions[connection].load(std::memory_order_acquire) != signals.session;
}

/// Whether a record of `origin` can be trusted at `now`.
inline Verdict judge(const SegmentView& view, const Signals& signals, const Origin& origin,
                     const Limits& limits, std::int64_t now) noexcept {
  if (const Reason reason = judge_daemon(view, signals, now); reason != Reason::none) {
    return {Freshness::down, reason};
  }
  const std::int64_t age = age_between(now, origin.received_ns);
  if (age < -kFutureTolerance) return {Freshness::down, Reason::heartbeat_lost};
  if (origin.unsubscribed) return {Freshness::stale, Reason::unsubscribed};
  if (layout::session_state(signals.session) != ConnectionState::up) {
    return {Freshness::stale, Reason::reconnecting};
  }
  if (origin.epoch == 0 || origin.epoch != layout::session_epoch(signals.session)) {
    return {Freshness::stale, Reason::previous_epoch};
  }
  if (is_silent(view, signals, origin, limits, now)) return {Freshness::stale, Reason::silent};
  if (age > limits.max_age) return {Freshness::stale, Reason::too_old};
  return {};
}

/// What the clock must show for judge() to be sure to say live of the usual tick, whose own age is
/// the proof that ticks flow. If it shows something else, ask judge().
struct LiveIf {
  std::int64_t from = std::numeric_limits<std::int64_t>::max();
  std::int64_t until = std::numeric_limits<std::int64_t>::min();
  std::int64_t max_age = 0;

  [[nodiscard]] bool holds(std::int64_t now, std::int64_t age) const noexcept {
    return from <= now && now <= until && -kFutureTolerance <= age && age <= max_age;
  }
};

/// Without the clock: nothing overlaps with reading that, so little should be left to do after it.
inline LiveIf live_if(const SegmentView& view, const Signals& signals, const Origin& origin,
                      const Limits& limits) noexcept {
  LiveIf result;
  if (signals.run_state != static_cast<std::uint64_t>(RunState::running) ||
      signals.session != layout::session_word(origin.epoch, ConnectionState::up) ||
      origin.epoch == 0 || origin.unsubscribed || limits.own_silence > 0 ||
      signals.heartbeat_ns < 0 ||
      __builtin_add_overflow(signals.heartbeat_ns, view.header().liveness_timeout_ns,
                             &result.until)) {
    return {};
  }
  result.from = signals.heartbeat_ns - kFutureTolerance;
  result.max_age =
      limits.tick_silence > 0 ? std::min(limits.tick_silence, limits.max_age) : limits.max_age;
  return result;
}

/// Whether the feed as a whole can be trusted at `now`: the daemon runs, every connection is up,
/// and ticks flow. `signals` of any connection.
Verdict judge_feed(const SegmentView& view, const Signals& signals, std::int64_t now) noexcept;

/// Nanoseconds of an interval such as "1m", "4h", "1d", "1w"; 0 if it is none.
std::int64_t interval_ns(std::string_view interval) noexcept;

}  // namespace tickcache
