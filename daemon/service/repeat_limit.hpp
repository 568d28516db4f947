// Counts repeated events instead of logging each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// The first occurrence of an event is logged at once. Its repetitions within kWindow are counted,
/// and the count is logged at the end of the window. Texts that differ only in numbers are the same
/// event.
class RepeatLimit {
 public:
  static constexpr Time kWindow = std::chrono::seconds(60);
  /// Kinds of events tracked at once. Further kinds are not limited.
  static constexpr std::size_t kMaxEvents = 64;

  struct Line {
    int level;
    std::string text;
  };

  /// Whether to log `text` now. `level` is stored for the count that is logged later.
  [[nodiscard]] bool is_first(int level, std::string_view text, Time now);

  /// Call it regularly. Returns the lines to log for events repeated in a window that is over: the
  /// last text with "… 41 more in the last 60 s, this one 3 s ago". With `all`, also for open
  /// windows.
  [[nodiscard]] std::vector<Line> expire(Time now, bool all);

 private:
  struct Event {
    int level;
    std::string kind;  ///< the text without its numbers
    std::string last;
    Time begun;
    Time last_at;
    std::uint64_t repeats = 0;
  };

  std::vector<Event> events_;
};

}  // namespace tickcache::daemon
