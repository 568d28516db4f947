// How long the daemon waits for what.
#pragma once

#include <chrono>

namespace tickcache::daemon {

/// A point on CLOCK_BOOTTIME (since boot), or a span of it.
using Time = std::chrono::nanoseconds;

struct Timing {
  Time idle_timeout = std::chrono::seconds{40};     ///< without a complete message: reconnect
  Time backoff_min = std::chrono::seconds{1};       ///< more than zero
  Time backoff_max = std::chrono::seconds{60};      ///< before jitter is added
  Time stable_after = std::chrono::seconds{10};     ///< open that long: the backoff starts afresh
  Time auth_grace = std::chrono::seconds{300};      ///< for rejections of a key accepted before
  Time answer_timeout = std::chrono::seconds{5};    ///< of one request
  Time connect_timeout = std::chrono::seconds{60};  ///< in case an attempt never reports its end
  /// A delay is lengthened by up to this part of itself. Never shortened: a retry is never earlier
  /// than promised.
  double jitter = 0;
};

}  // namespace tickcache::daemon
