// Symbols with their latest ticks, as `get`, `list`, `watch` and `wait` print them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/print/table.hpp"
#include "encode/csv.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

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

/// A stable sort.
void sort_rows(std::vector<TickerRow>& rows, Sort order);

/// The price as the exchange wrote it, or an empty string.
[[nodiscard]] std::string price_text(const Result<Ticker>& ticker);

/// "live", or why it is not: "missing: never seen; did you mean "BTCUSDT"?"
[[nodiscard]] std::string row_verdict(Reader& reader, const TickerRow& row);

/// The keys of docs/cli.md for a symbol, on one line.
[[nodiscard]] std::string json_line(const TickerRow& row);
[[nodiscard]] encode::CsvLine csv_line(const TickerRow& row);

/// Symbol, price, age, freshness, updates, and why it is not live.
[[nodiscard]] Table ticker_table(const std::vector<TickerRow>& rows);

}  // namespace tickcache::cli
