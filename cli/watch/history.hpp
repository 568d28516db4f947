// The history of a symbol since `watch` started.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tickcache/ticker.hpp"

namespace tickcache::cli {

/// One character per value, from the lowest bar for the minimum to the highest for the maximum. If
/// all are equal, the lowest.
[[nodiscard]] std::string sparkline(const std::vector<double>& values);

/// The rate of a counter over the last few seconds.
class Rate {
 public:
  /// Adds the value at CLOCK_BOOTTIME `now_ns`. Restarts if the count has decreased.
  void observe(std::uint64_t count, std::int64_t now_ns);
  /// Per second; nothing until it has been observed for a second.
  [[nodiscard]] std::optional<double> per_second() const;

 private:
  static constexpr std::size_t kSamples = 6;
  struct Sample {
    std::uint64_t count = 0;
    std::int64_t ns = 0;
  };
  /// One per second, at most kSamples; the oldest is the start of the window.
  std::deque<Sample> samples_;
  Sample last_;
};

class History {
 public:
  static constexpr std::size_t kSeconds = 60;

  /// Adds the latest tick at CLOCK_BOOTTIME `now_ns`. Call it several times per second.
  void observe(const Ticker& ticker, std::int64_t now_ns);

  /// Change of the price since the first observation, in percent.
  [[nodiscard]] double change_percent() const;
  [[nodiscard]] std::optional<double> ticks_per_second() const { return ticks_.per_second(); }
  /// A sparkline of the price per second, newest last; at most `width` and kSeconds characters.
  [[nodiscard]] std::string trend(std::size_t width) const;

 private:
  double first_ = 0;
  std::deque<double> prices_;  ///< of each second, oldest first
  std::int64_t second_ = 0;    ///< of the newest
  Rate ticks_;
};

}  // namespace tickcache::cli
