#pragma once

#include <algorithm>
#include <cstdint>

namespace tickcache::sim {

// Counts requests in fixed minutes of the exchange's clock. Time is a parameter.
class RateLimit {
 public:
  explicit RateLimit(std::uint64_t limit) noexcept : limit_(limit) {}

  // Counts that many requests; false if the last of them is over the limit.
  bool take(std::int64_t now_s, std::uint64_t count = 1) noexcept {
    enter(now_s);
    used_ += count;
    return used_ <= limit_;
  }
  std::uint64_t limit() const noexcept { return limit_; }
  std::uint64_t remaining() const noexcept { return limit_ - std::min(limit_, used_); }
  // The second in which the minute ends.
  std::int64_t reset(std::int64_t now_s) const noexcept { return now_s / 60 * 60 + 60; }

 private:
  void enter(std::int64_t now_s) noexcept {
    const std::int64_t minute = now_s / 60;
    if (minute != minute_) used_ = 0;
    minute_ = minute;
  }

  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::int64_t minute_ = -1;
};

}  // namespace tickcache::sim
