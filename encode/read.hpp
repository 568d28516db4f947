// Reads records from the segment, in the form in which commands print them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "encode/records.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::encode {

/// On the heap, because of its size.
[[nodiscard]] std::unique_ptr<Status> read_status(Reader& reader);

/// A symbol with its latest tick.
struct TickerRow {
  std::string symbol;  ///< upper case; may need printable()
  Result<Ticker> ticker;
};

/// One row for each of `symbols`, in their order.
[[nodiscard]] std::vector<TickerRow> read_symbols(Reader& reader,
                                                  const std::vector<std::string>& symbols,
                                                  const Query& query);

/// Every symbol that has a value, sorted by name.
[[nodiscard]] std::vector<TickerRow> read_all(Reader& reader, const Query& query);

/// Symbol and interval of each candle series that the daemon keeps.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> candle_series(Reader& reader,
                                                                             const Status& status);

/// The newest `count` candles.
[[nodiscard]] CandleSeries read_series(Reader& reader, std::string_view symbol,
                                       std::string_view interval, std::size_t count,
                                       const Query& query);

}  // namespace tickcache::encode
