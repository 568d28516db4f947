// Updates as stream prints them, and orders: one JSON object a line (docs/cli.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cli/print/format.hpp"
#include "encode/json.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

[[nodiscard]] std::string json_line(const Tick& tick, const Clocks& clocks);
[[nodiscard]] std::string json_line(const OrderUpdate& update, const Clocks& clocks);
[[nodiscard]] std::string json_line(const ClosedCandle& closed, const Clocks& clocks);
[[nodiscard]] std::string json_line(const PortfolioUpdate& update, const Clocks& clocks);
[[nodiscard]] std::string json_line(const FeedStatus& status);
[[nodiscard]] std::string json_line(const FeedGap& gap);

/// The keys of an order update; `freshness` only if there is one.
void add_order(JsonLine& json, const Order& order, std::uint64_t position, const Clocks& clocks,
               std::string_view freshness);
/// The keys of a portfolio but for its age.
void add_portfolio(JsonLine& json, const Portfolio& portfolio);

}  // namespace tickcache::cli
