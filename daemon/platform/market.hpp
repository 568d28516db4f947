// The exchange's REST interface to the market: its paths and answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/question.hpp"

namespace tickcache::daemon {

/// Path and query of a question; `symbol` is its symbol, percent-encoded.
[[nodiscard]] std::string market_target(const Question& question, std::string_view symbol);

/// These read the body of an answer. Nothing if it is not what was asked for. A price that does
/// not fit is left out.
[[nodiscard]] std::optional<Prices> parse_prices(std::string_view body);
/// Unix time of the trade; 0 if it has none.
[[nodiscard]] std::optional<std::int64_t> parse_trade_time(std::string_view body);
/// Whether the exchange receives trades and can tell their prices.
[[nodiscard]] std::optional<bool> parse_health(std::string_view body);

/// In order of time. A candle with a malformed or impossible value is left out.
[[nodiscard]] std::optional<std::vector<AnsweredCandle>> parse_candle_answer(std::string_view body);

}  // namespace tickcache::daemon
