// Events that repeat themselves, counted instead of logged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/upstream/timing.hpp"

namespace tickcache::daemon {

/// The first of an event is for the log at once; of what repeats it within kWindow only the number
/// is, at the window's end. Two texts are the same event if they differ in nothing but numbers.
class RepeatLimit {
 public:
  static constexpr Time kWindow = std::chrono::seconds(60);
  /// Of more kinds of events at once, the newest are not limited.
  static constexpr std::size_t kMaxEvents = 64;

  /// Whether to log `text` now. `level` is only kept, for what is told later.
  [[nodiscard]] bool is_first(int level, std::string_view text, Time now);

  /// To be called regularly. Calls tell(level, line) for each event that repeated itself in a
  /// window that is over: the last text with "… 41 more in the last 60 s, this one 3 s ago". With
  /// `all`, whether it is over or not.
  template <class Tell>
  void expire(Time now, bool all, Tell&& tell) {
    for (std::size_t i = 0; i < events_.size();) {
      Event& event = events_[i];
      if (!all && now - event.begun < kWindow) {
        ++i;
        continue;
      }
      if (event.repeats > 0) tell(event.level, line_of(event, now));
      if (event.repeats > 0 && !all) {
        // Still going on: the next are counted too.
        event.repeats = 0;
        event.begun = now;
        ++i;
      } else {
        events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

 private:
  struct Event {
    std::string kind;  ///< the text without its numbers
    std::string last;
    int level = 0;
    Time begun{};
    Time last_at{};
    std::uint64_t repeats = 0;
  };

  static std::string line_of(const Event& event, Time now);

  std::vector<Event> events_;
};

}  // namespace tickcache::daemon
