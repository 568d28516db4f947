// Open, high, low, close and volume of a symbol over an interval.
#pragma once

#include <cstdint>

#include "tickcache/decimal.hpp"
#include "tickcache/text.hpp"
#include "tickcache/time.hpp"

namespace tickcache {

/// One candle, laid out as in shared memory (docs/shm-layout.md, "Candle").
struct Candle {
  std::int64_t open_time_ns = 0;  ///< Unix time at which the interval begins
  Decimal open;
  Decimal high;
  Decimal low;
  Decimal close;
  AmountText volume;
  std::int64_t received_ns = 0;  ///< CLOCK_BOOTTIME when the daemon received it
  std::uint32_t epoch = 0;       ///< session that delivered it; 0: carried over
  std::uint8_t connection = 0;
  std::uint8_t closed = 0;  ///< 1: final; 0: the interval is not over
  std::uint8_t origin = 0;  ///< Source
  std::uint8_t flags = 0;

  static constexpr std::uint8_t kMissingBefore = 1;  ///< of a closed one: others were not stored
  /// Made of ticks, of which some of its interval may be missing.
  static constexpr std::uint8_t kIncomplete = 2;
  /// From before the daemon kept the series, fetched later: in the lists, but no event.
  static constexpr std::uint8_t kHistory = 4;

  /// When the interval begins.
  [[nodiscard]] constexpr UnixTime open_time() const noexcept {
    return UnixTime(std::chrono::nanoseconds(open_time_ns));
  }
  /// When the daemon received it.
  [[nodiscard]] constexpr BootTime received() const noexcept { return boot_time(received_ns); }
  /// Whether both say the same of the same interval, to the digit.
  [[nodiscard]] constexpr bool same_digits(const Candle& other) const noexcept {
    return open_time_ns == other.open_time_ns && open.same_digits(other.open) &&
           high.same_digits(other.high) && low.same_digits(other.low) &&
           close.same_digits(other.close) && volume == other.volume;
  }
  [[nodiscard]] constexpr bool is_complete() const noexcept { return (flags & kIncomplete) == 0; }
};

static_assert(sizeof(Candle) == 128);

}  // namespace tickcache
