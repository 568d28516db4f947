// A series of candles, as `candles` and `export` print it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "encode/csv.hpp"
#include "encode/time.hpp"
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

/// A candle of the series, with the keys in docs/cli.md.
[[nodiscard]] std::string json_line(const Candle& candle, const CandleSeries& series,
                                    const encode::Clocks& clocks);
[[nodiscard]] encode::CsvLine csv_line(const Candle& candle, const CandleSeries& series,
                                       const encode::Clocks& clocks);

}  // namespace tickcache::cli
