// The table of `watch`: selects and sorts the rows, and as many columns as fit the screen.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/watch/history.hpp"
#include "cli/watch/watch_state.hpp"
#include "encode/read.hpp"

namespace tickcache::cli {

using encode::TickerRow;

using Histories = std::unordered_map<std::string, History>;

/// The history of the row's symbol; an empty one for a row without a value.
[[nodiscard]] const History& history_of(const TickerRow& row, const Histories& histories);

/// The rows that `state` shows, in its order.
[[nodiscard]] std::vector<TickerRow> arranged(std::vector<TickerRow> rows,
                                              const Histories& histories, const WatchState& state);

/// The titles, then the rows; no line is wider than `columns`. Symbol, price and freshness are
/// always shown; if they fit also age, change, ticks per second, trend and the reason why a price
/// is not live, unless that is the feed's own reason, `known`. The title of the column by which
/// `state` sorts has its arrow.
[[nodiscard]] std::vector<std::string> watch_lines(const std::vector<TickerRow>& rows,
                                                   const Histories& histories,
                                                   const WatchState& state, Reason known,
                                                   std::size_t columns, bool color);

}  // namespace tickcache::cli
