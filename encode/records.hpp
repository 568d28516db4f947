// Records as JSON, one a line (docs/cli.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "encode/time.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::encode {

/// A series as Reader::candles() has returned it.
struct CandleSeries {
  std::string symbol;  ///< upper case
  std::string interval;
  std::vector<Candle> candles;  ///< oldest first
  ListResult list;
};

// The latest records, with their freshness.

/// With `missed`, the number of ticks that were left out before it, unless it is 0.
[[nodiscard]] std::string json_line(std::string_view symbol, const Result<Ticker>& ticker,
                                    std::uint64_t missed = 0);
/// `candle` is one of `series`.
[[nodiscard]] std::string json_line(const Candle& candle, const CandleSeries& series,
                                    const Clocks& clocks);
/// `order` is one of `list`.
[[nodiscard]] std::string json_line(const Order& order, std::uint64_t position,
                                    const ListResult& list, const Clocks& clocks);
/// A mark that order updates may be missing after the newest. It is not an update, so all other
/// keys are null.
[[nodiscard]] std::string json_gap_line(std::int64_t since_unix_ns, const ListResult& list);
[[nodiscard]] std::string json_line(const Result<Portfolio>& portfolio);

// The events of a feed.

[[nodiscard]] std::string json_line(const Tick& tick, const Clocks& clocks);
/// With what a reader was told of the price.
[[nodiscard]] std::string json_line(const Tick& tick, const Clocks& clocks,
                                    const FeedStatus& trust);
[[nodiscard]] std::string json_line(const OrderUpdate& update, const Clocks& clocks);
[[nodiscard]] std::string json_line(const ClosedCandle& closed, const Clocks& clocks);
[[nodiscard]] std::string json_line(const PortfolioUpdate& update, const Clocks& clocks);
// `key` is that of the event's name.
[[nodiscard]] std::string json_line(const FeedStatus& status, std::string_view key = "event");
[[nodiscard]] std::string json_line(const FeedGap& gap, std::string_view key = "event");

}  // namespace tickcache::encode
