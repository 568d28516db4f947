#include "daemon/repeat_limit.hpp"

#include <algorithm>
#include <utility>

#include "daemon/upstream/duration_text.hpp"

namespace tickcache::daemon {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// With '#' for each number, "12" and "12.5" alike.
std::string without_numbers(std::string_view text) {
  std::string kind;
  bool in_number = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool point = in_number && text[i] == '.' && i + 1 < text.size() && is_digit(text[i + 1]);
    const bool part = is_digit(text[i]) || point;
    if (!part) kind += text[i];
    if (part && !in_number) kind += '#';
    in_number = part;
  }
  return kind;
}

}  // namespace

bool RepeatLimit::is_first(int level, std::string_view text, Time now) {
  std::string kind = without_numbers(text);
  const auto known = std::find_if(events_.begin(), events_.end(), [&](const Event& event) {
    return event.level == level && event.kind == kind;
  });
  if (known == events_.end()) {
    if (events_.size() < kMaxEvents) {
      events_.push_back({std::move(kind), std::string(text), level, now, now, 0});
    }
    return true;
  }
  known->last = text;
  known->last_at = now;
  ++known->repeats;
  return false;
}

std::string RepeatLimit::line_of(const Event& event, Time now) {
  const auto seconds = [&](Time since) {
    return duration_text(std::chrono::round<std::chrono::seconds>(now - since));
  };
  return event.last + " … " + std::to_string(event.repeats) + " more in the last " +
         seconds(event.begun) + ", this one " + seconds(event.last_at) + " ago";
}

}  // namespace tickcache::daemon
