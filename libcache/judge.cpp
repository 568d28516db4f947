#include "libcache/judge.hpp"

#include <charconv>

namespace tickcache {

namespace {

std::int64_t load(const layout::Word& word) noexcept {
  // Acquire: what is loaded after this is at least as new.
  return static_cast<std::int64_t>(word.load(std::memory_order_acquire));
}

bool is_silent(const SegmentView& view, const Origin& origin, const Limits& limits,
               std::int64_t now) noexcept {
  const std::int64_t age = age_between(now, origin.received_ns);
  if (limits.own_silence > 0 && age > limits.own_silence) return true;
  // A tick that young is itself the proof: the line that changes with every tick stays unread.
  if (limits.tick_silence <= 0 || age <= limits.tick_silence) return false;
  const layout::ConnectionActivity& activity =
      view.status().connections[origin.connection % kMaxConnections];
  return age_between(now, load(activity.last_tick_ns)) > limits.tick_silence;
}

}  // namespace

Signals load_signals(const SegmentView& view, std::uint8_t connection) noexcept {
  const layout::StatusPart& status = view.status();
  Signals signals;
  signals.session = status.sessions[connection % kMaxConnections].load(std::memory_order_acquire);
  signals.run_state = status.run_state.load(std::memory_order_acquire);
  signals.heartbeat_ns = load(status.heartbeat_ns);
  return signals;
}

Reason judge_daemon(const SegmentView& view, const Signals& signals, std::int64_t now) noexcept {
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

Verdict judge(const SegmentView& view, const Signals& signals, const Origin& origin,
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
  if (is_silent(view, origin, limits, now)) return {Freshness::stale, Reason::silent};
  if (age > limits.max_age) return {Freshness::stale, Reason::too_old};
  return {};
}

std::int64_t age_between(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) {
    return a < b ? std::numeric_limits<std::int64_t>::min()
                 : std::numeric_limits<std::int64_t>::max();
  }
  return result;
}

std::int64_t interval_ns(std::string_view interval) noexcept {
  std::int64_t count = 0;
  const char* end = interval.data() + interval.size();
  const auto [unit, error] = std::from_chars(interval.data(), end, count);
  if (error != std::errc() || end - unit != 1 || count < 1 || count > 100'000) return 0;
  constexpr std::int64_t kSecond = 1'000'000'000;
  switch (*unit) {
    case 's':
      return count * kSecond;
    case 'm':
      return count * 60 * kSecond;
    case 'h':
      return count * 3600 * kSecond;
    case 'd':
      return count * 86400 * kSecond;
    case 'w':
      return count * 7 * 86400 * kSecond;
    default:
      return 0;
  }
}

}  // namespace tickcache
