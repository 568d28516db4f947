// A series of candles, as candles and export show it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/print/format.hpp"
#include "encode/csv.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

struct CandleSeries {
  std::string symbol;  ///< upper case
  std::string interval;
  std::vector<Candle> candles;  ///< oldest first
  ListResult list;
};

/// The newest `count` candles.
[[nodiscard]] CandleSeries read_series(Reader& reader, std::string_view symbol,
                                       std::string_view interval, std::size_t count,
                                       const Query& query);

/// The keys of every candle, in JSON and in CSV.
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

/// One of the series' candles, with the keys of docs/cli.md.
[[nodiscard]] std::string json_line(const Candle& candle, const CandleSeries& series,
                                    const Clocks& clocks);
[[nodiscard]] CsvLine csv_line(const Candle& candle, const CandleSeries& series,
                               const Clocks& clocks);

}  // namespace tickcache::cli
