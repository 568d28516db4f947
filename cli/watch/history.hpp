// The history of a symbol since `watch` started.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tickcache/ticker.hpp"

namespace tickcache::cli {

/// The rate of a counter over the last few seconds.
class Rate {
 public:
  /// Adds the value at CLOCK_BOOTTIME `now_ns`. Restarts if the count has decreased.
  void observe(std::uint64_t count, std::int64_t now_ns) noexcept;
  /// Per second; nothing until it has been observed for a second.
  [[nodiscard]] std::optional<double> per_second() const noexcept;

 private:
  struct Sample {
    std::uint64_t count = 0;
    std::int64_t ns = 0;
  };
  /// One per second; the oldest is the start of the window.
  std::array<Sample, 6> samples_;
  std::size_t size_ = 0;
  Sample last_;
};

class History {
 public:
  static constexpr std::size_t kSeconds = 60;

  /// Adds the latest tick at CLOCK_BOOTTIME `now_ns`. Call it several times per second.
  void observe(const Ticker& ticker, std::int64_t now_ns) noexcept;

  /// Change of the price since the first observation, in percent.
  [[nodiscard]] double change_percent() const noexcept;
  [[nodiscard]] std::optional<double> ticks_per_second() const noexcept {
    return ticks_.per_second();
  }
  /// A sparkline of the price per second, newest last; at most `width` and kSeconds characters.
  [[nodiscard]] std::string trend(std::size_t width) const;

 private:
  double first_ = 0;
  std::array<double, kSeconds> prices_{};  ///< of each second, oldest first
  std::size_t size_ = 0;
  std::int64_t second_ = 0;  ///< of the newest
  Rate ticks_;
};

}  // namespace tickcache::cli
