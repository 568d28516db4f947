// The table of watch: which rows, in which order, and as many columns as the screen has room for.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/print/ticker_rows.hpp"
#include "cli/watch/history.hpp"
#include "cli/watch/watch_state.hpp"

namespace tickcache::cli {

using Histories = std::unordered_map<std::string, History>;

/// The rows that `state` shows, in its order.
[[nodiscard]] std::vector<TickerRow> arranged(std::vector<TickerRow> rows,
                                              const Histories& histories, const WatchState& state);

/// Symbol, price and freshness whatever the width; then age, change, ticks a second, trend, and why
/// a price is not live unless it is the feed's own reason, `known`. Titles first; no line is wider
/// than `columns`.
[[nodiscard]] std::vector<std::string> watch_lines(const std::vector<TickerRow>& rows,
                                                   const Histories& histories, Reason known,
                                                   std::size_t columns, bool color);

}  // namespace tickcache::cli
