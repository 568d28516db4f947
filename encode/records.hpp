// Updates as `stream` and `orders` print them: one JSON object per line (docs/cli.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "encode/json.hpp"
#include "encode/time.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::encode {

[[nodiscard]] std::string json_line(const Tick& tick, const Clocks& clocks);
[[nodiscard]] std::string json_line(const OrderUpdate& update, const Clocks& clocks);
[[nodiscard]] std::string json_line(const ClosedCandle& closed, const Clocks& clocks);
[[nodiscard]] std::string json_line(const PortfolioUpdate& update, const Clocks& clocks);
[[nodiscard]] std::string json_line(const FeedStatus& status);
[[nodiscard]] std::string json_line(const FeedGap& gap);

/// Adds the keys of an order update; `freshness` only if it is not empty.
void add_order(JsonLine& json, const Order& order, std::uint64_t position, const Clocks& clocks,
               std::string_view freshness);
/// Adds the keys of a portfolio, except its age.
void add_portfolio(JsonLine& json, const Portfolio& portfolio);

/// Adds the keys common to all candles, to a JsonLine or CsvLine.
template <class Line>
void add_candle(Line& line, std::string_view symbol, std::string_view interval,
                const Candle& candle) {
  line.text("symbol", symbol);
  line.text("interval", interval);
  line.time("open_time", candle.open_time_ns);
  line.decimal("open", candle.open);
  line.decimal("high", candle.high);
  line.decimal("low", candle.low);
  line.decimal("close", candle.close);
  line.text_or_null("volume", candle.volume.view());
}

}  // namespace tickcache::encode
