#include "libcache/reader/judge.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace tickcache {

namespace {

bool delivers_ticks(const layout::ChannelRecord& channel) noexcept {
  return channel.state != 0 &&
         (channel.kind == static_cast<std::uint8_t>(ChannelKind::all_tickers) ||
          channel.kind == static_cast<std::uint8_t>(ChannelKind::ticker));
}

/// Why the ticks of an open connection are not what they should be; Reason::none if they are.
Reason judge_ticks(const SegmentView& view, std::int64_t now) noexcept {
  const std::int64_t silence_after = view.header().silence_after_ns;
  for (std::uint32_t i = 0; i < view.channel_count(); ++i) {
    layout::ChannelRecord channel;
    if (!view.channel_record(i).latest(channel) || !delivers_ticks(channel)) continue;
    const layout::ConnectionActivity& activity =
        view.status().connections[channel.connection % kMaxConnections];
    if (load(activity.lagging) != 0) return Reason::lagging;
    if (silence_after <= 0) continue;
    const std::int64_t since = std::max(load(activity.last_tick_ns), load(activity.changed_ns));
    if (age_between(now, since) > silence_limit(activity, silence_after) &&
        !is_confirmed(view.status(), now)) {
      return Reason::silent;
    }
  }
  return Reason::none;
}

}  // namespace

Verdict judge_feed(const SegmentView& view, const Signals& signals, std::int64_t now) noexcept {
  if (const Reason reason = judge_daemon(view, signals, now); reason != Reason::none) {
    return {Freshness::down, reason};
  }
  bool any_up = false;
  for (const layout::Word& session : view.status().sessions) {
    const ConnectionState state =
        layout::session_state(session.load(std::memory_order_acquire));  // as in load_signals()
    if (state == ConnectionState::unused || state == ConnectionState::closed) continue;
    if (state != ConnectionState::up) return {Freshness::stale, Reason::reconnecting};
    any_up = true;
  }
  if (!any_up) return {Freshness::stale, Reason::reconnecting};
  if (const Reason reason = judge_ticks(view, now); reason != Reason::none) {
    return {Freshness::stale, reason};
  }
  return {};
}

std::int64_t interval_ns(std::string_view interval) noexcept {
  std::int64_t count = 0;
  const char* end = interval.data() + interval.size();
  const auto [unit, error] = std::from_chars(interval.data(), end, count);
  // The largest count for which weeks still fit.
  if (error != std::errc() || end - unit != 1 || count < 1 || count > 10'000) return 0;
  constexpr std::pair<char, std::int64_t> kSeconds[] = {
      {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
  for (const auto& [name, seconds] : kSeconds) {
    if (*unit == name) return count * seconds * 1'000'000'000;
  }
  return 0;
}

}  // namespace tickcache
