// Events that repeat themselves, counted instead of logged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// The first of an event is for the log at once; of what repeats it within kWindow only the number
/// is, at the window's end. Two texts are the same event if they differ in nothing but numbers.
class RepeatLimit {
 public:
  static constexpr Time kWindow = std::chrono::seconds(60);
  /// Of more kinds of events at once, the newest are not limited.
  static constexpr std::size_t kMaxEvents = 64;

  struct Line {
    int level;
    std::string text;
  };

  /// Whether to log `text` now. `level` is only kept, for what is told later.
  [[nodiscard]] bool is_first(int level, std::string_view text, Time now);

  /// To be called regularly. What to log of the events that repeated themselves in a window that is
  /// over: the last text with "… 41 more in the last 60 s, this one 3 s ago". With `all`, whether
  /// it is over or not.
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
