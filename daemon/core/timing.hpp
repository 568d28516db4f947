// The daemon's timeouts and delays.
#pragma once

#include <chrono>
#include <string>

namespace tickcache::daemon {

/// A CLOCK_BOOTTIME time, or a duration.
using Time = std::chrono::nanoseconds;

struct Timing {
  Time idle_timeout = std::chrono::seconds{40};     ///< reconnect after this long without a message
  Time backoff_min = std::chrono::seconds{1};       ///< more than zero
  Time backoff_max = std::chrono::seconds{60};      ///< before jitter is added
  Time stable_after = std::chrono::seconds{10};     ///< a session this long resets the backoff
  Time auth_grace = std::chrono::seconds{300};      ///< for rejections of a key accepted before
  Time answer_timeout = std::chrono::seconds{5};    ///< of one request
  Time connect_timeout = std::chrono::seconds{60};  ///< in case an attempt never reports its end
  /// Extends a delay by up to this fraction. Delays are never shortened, so a retry is never
  /// earlier than announced.
  double jitter = 0;
};

/// "1 s", "12.345 s": seconds, to the millisecond.
inline std::string duration_text(Time span) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  std::string text = std::to_string(milliseconds / 1000);
  if (milliseconds % 1000 != 0) {
    const std::string digits = std::to_string(milliseconds % 1000);
    text.append(".").append(3 - digits.size(), '0').append(digits);
    while (text.back() == '0') text.pop_back();
  }
  return text.append(" s");
}

}  // namespace tickcache::daemon
