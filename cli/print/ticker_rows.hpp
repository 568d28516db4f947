// Symbols with their latest ticks, as `get`, `list`, `watch` and `wait` print them.
#pragma once

#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/print/table.hpp"
#include "encode/read.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

using encode::TickerRow;

/// A stable sort.
void sort_rows(std::vector<TickerRow>& rows, Sort order);

/// The price as the exchange wrote it, or an empty string.
[[nodiscard]] std::string price_text(const Result<Ticker>& ticker);

/// "live", or why it is not: "missing: never seen; did you mean "BTCUSDT"?"
[[nodiscard]] std::string row_verdict(Reader& reader, const TickerRow& row);

/// Symbol, price, age, freshness, updates, and why it is not live.
[[nodiscard]] Table ticker_table(const std::vector<TickerRow>& rows);

}  // namespace tickcache::cli
