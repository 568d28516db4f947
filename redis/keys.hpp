// The keys of a feed and the times that both sides must know (docs/redis.md).
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace tickcache::redis {

struct Keys {
  explicit Keys(std::string_view feed);

  std::string lease;
  std::string state;
  std::string tickers;
  std::string orders;
  std::string portfolio;
  std::string series;
  std::string feed;   ///< a channel
  std::string hello;  ///< a channel

  /// The stream of one series, "SYMBOL:INTERVAL".
  [[nodiscard]] std::string candles(std::string_view of_series) const;

 private:
  std::string prefix_;
};

using Milliseconds = std::chrono::milliseconds;

inline constexpr Milliseconds kBeatEvery{200};
/// Without a beat for so long, nothing is live.
inline constexpr Milliseconds kBeatsWithin{1000};
/// An origin stops that long after it sent its last renewal that was answered …
inline constexpr Milliseconds kOriginStops{2000};
/// … and the lease expires that long after Redis received it.
inline constexpr Milliseconds kLease{3000};
/// A lower epoch may follow one that has been silent for so long.
inline constexpr Milliseconds kSilent{3000};

inline constexpr std::size_t kOrdersKept = 1000;
inline constexpr std::size_t kPortfoliosKept = 16;
inline constexpr std::size_t kCandlesKept = 128;

}  // namespace tickcache::redis
