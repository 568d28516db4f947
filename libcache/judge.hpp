// "Can I trust this value?": the rules of freshness, without a clock or a mapping of their own.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>

#include "libcache/segment_view.hpp"
#include "tickcache/status.hpp"

namespace tickcache {

struct Verdict {
  Freshness freshness = Freshness::live;
  Reason reason = Reason::none;
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
/// the clock: what happens in between then makes a value look older, never fresher.
struct Signals {
  std::uint64_t run_state = 0;  ///< RunState; whatever has no name there counts as stopped
  std::int64_t heartbeat_ns = 0;
  std::uint64_t session = 0;  ///< layout::session_word()
};
Signals load_signals(const SegmentView& view, std::uint8_t connection) noexcept;

/// Whether the daemon that writes the segment is alive at `now`: none, or why it is down.
Reason judge_daemon(const SegmentView& view, const Signals& signals, std::int64_t now) noexcept;

/// How old a record may be, in nanoseconds.
struct Limits {
  std::int64_t max_age = std::numeric_limits<std::int64_t>::max();
  std::int64_t tick_silence = 0;  ///< stale if no tick of any symbol came for that long; 0: never
  std::int64_t own_silence = 0;   ///< stale if the record itself is older than that; 0: never
};

/// Whether a record of `origin` can be trusted at `now`.
Verdict judge(const SegmentView& view, const Signals& signals, const Origin& origin,
              const Limits& limits, std::int64_t now) noexcept;

/// a - b, saturated: stamps of a corrupt segment may lie anywhere.
std::int64_t age_between(std::int64_t a, std::int64_t b) noexcept;

/// Nanoseconds of an interval such as "1m", "4h", "1d", "1w"; 0 if it is none.
std::int64_t interval_ns(std::string_view interval) noexcept;

}  // namespace tickcache
