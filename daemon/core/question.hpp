// What the exchange is asked besides its ticks, and its answers.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tickcache/decimal.hpp"
#include "tickcache/text.hpp"

namespace tickcache::daemon {

/// The exchange's prices of all symbols, as it gave them.
struct Prices {
  std::vector<std::pair<SymbolText, Decimal>> prices;
  std::int64_t answered_at_ns = 0;  ///< the exchange's Unix time; 0: not given
  bool stale = false;               ///< the exchange doubts them itself
};

/// A request to the exchange.
struct Question {
  enum class Kind : std::uint8_t {
    prices,      ///< of all symbols
    trade_time,  ///< of the last trade of `symbol`
    health,      ///< does the exchange receive trades?
  };
  Kind kind = Kind::prices;
  SymbolText symbol;
};

}  // namespace tickcache::daemon
