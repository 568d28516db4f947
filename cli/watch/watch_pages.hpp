// What `watch` shows in place of its table: the help, and the details of one row.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/watch/history.hpp"
#include "encode/read.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

/// All keys; no line is wider than `columns`.
[[nodiscard]] std::vector<std::string> help_lines(std::size_t columns, bool color);

/// What is known of the row's symbol: what `get --json` prints, and its `history`. `verdict` is its
/// freshness in words. No line is wider than `columns`.
[[nodiscard]] std::vector<std::string> detail_lines(const encode::TickerRow& row,
                                                    const std::string& verdict,
                                                    const History& history,
                                                    const encode::Clocks& clocks,
                                                    std::size_t columns, bool color);

}  // namespace tickcache::cli
