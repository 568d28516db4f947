#include "daemon/service/repeat_limit.hpp"

#include <algorithm>
#include <utility>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

namespace {

/// With '#' for each number, "12" and "12.5" alike.
std::string without_numbers(std::string_view text) {
  std::string kind;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && kind.ends_with("#.")) kind.pop_back();
    if (digit && kind.ends_with('#')) continue;
    kind += digit ? '#' : c;
  }
  return kind;
}

}  // namespace

bool RepeatLimit::is_first(int level, std::string_view text, Time now) {
  std::string kind = without_numbers(text);
  const auto known = std::find_if(events_.begin(), events_.end(), [&](const Event& event) {
    return event.level == level && event.kind == kind;
  });
  if (known != events_.end()) {
    known->last = text;
    known->last_at = now;
    ++known->repeats;
    return false;
  }
  if (events_.size() < kMaxEvents) {
    events_.push_back({level, std::move(kind), std::string(text), now, now});
  }
  return true;
}

std::vector<RepeatLimit::Line> RepeatLimit::expire(Time now, bool all) {
  const auto seconds_since = [&](Time since) {
    return duration_text(std::chrono::round<std::chrono::seconds>(now - since));
  };
  std::vector<Line> lines;
  std::vector<Event> going_on;
  for (Event& event : std::exchange(events_, {})) {
    if (!all && now - event.begun < kWindow) {
      going_on.push_back(std::move(event));
    } else if (event.repeats > 0) {
      lines.push_back({event.level, event.last + " … " + std::to_string(event.repeats) +
                                        " more in the last " + seconds_since(event.begun) +
                                        ", this one " + seconds_since(event.last_at) + " ago"});
      event.begun = now;  // the next are counted too
      event.repeats = 0;
      going_on.push_back(std::move(event));
    }
  }
  events_ = std::move(going_on);
  return lines;
}

}  // namespace tickcache::daemon
