// Ticks as WebSocket frames, as a server sends them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::bench {

/// "S0001USDT" and so on: as long as the exchange's names.
std::string symbol_name(std::size_t number);

/// Of every length, as on the exchange; it stays the same.
std::string price_of(std::size_t number);

/// What is added to a stamp before it becomes a tick's quantity, so that it always has as many
/// digits.
inline constexpr std::int64_t kStampOffset = 1'000'000'000'000'000;

/// The stamp of a tick's message or frame. Throws std::runtime_error if it is none.
std::int64_t stamp_in(std::string_view message);

/// One frame per symbol, in the exchange's own words; the quantity is a stamp.
class TickFrames {
 public:
  explicit TickFrames(std::size_t symbols);

  /// The frame of symbol `index`, whose quantity is `nanoseconds` (of CLOCK_BOOTTIME) as seconds
  /// with nine digits after the point. Valid until the next call for that symbol.
  std::string_view stamped(std::size_t index, std::int64_t nanoseconds);

  /// As many frames of all symbols in turn as make `size` bytes or a little more.
  [[nodiscard]] std::string many(std::size_t size) const;

 private:
  struct Frame {
    std::string bytes;
    std::size_t quantity;  ///< where it begins
  };
  std::vector<Frame> frames_;
};

}  // namespace tickcache::bench
