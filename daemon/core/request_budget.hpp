// How often the daemon may ask the exchange with the account's key. The account's limit is shared
// with its agents, which need it to trade.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include "daemon/core/timing.hpp"

namespace tickcache::daemon {

/// For the requests of one limit. It has no clock.
class RequestBudget {
 public:
  /// Requests within kWindow.
  static constexpr std::size_t kMost = 30;
  static constexpr Time kWindow = std::chrono::seconds(60);
  /// Requests of the account that are left to its agents.
  static constexpr std::uint32_t kReserve = 40;

  /// The earliest time for the next request.
  [[nodiscard]] Time ready_at() const {
    return sent_.size() < kMost ? blocked_until_
                                : std::max(blocked_until_, sent_.front() + kWindow);
  }
  void sent(Time now) {
    if (sent_.size() == kMost) sent_.pop_front();
    sent_.push_back(now);
  }
  /// The exchange said how many requests are left, and when the limit is full again.
  void left(std::uint32_t remaining, std::optional<Time> full_in, Time now) {
    if (remaining <= kReserve) refused(full_in, now);
  }
  /// The exchange refused a request. `wait`: for as long as it said. A time that cannot be right,
  /// by a clock that is wrong, counts as a whole window.
  void refused(std::optional<Time> wait, Time now) {
    const Time span = wait && *wait > Time(0) ? std::min(*wait, kWindow) : kWindow;
    blocked_until_ = std::max(blocked_until_, now + span);
  }
  /// Whether requests wait because few are left, or one was refused.
  [[nodiscard]] bool is_short(Time now) const { return now < blocked_until_; }

 private:
  std::deque<Time> sent_;
  Time blocked_until_{};
};

}  // namespace tickcache::daemon
