// What the exchange is asked besides its ticks, and its answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tickcache/candle.hpp"
#include "tickcache/decimal.hpp"
#include "tickcache/order.hpp"
#include "tickcache/text.hpp"

namespace tickcache::daemon {

/// The exchange's prices of all symbols, as it gave them.
struct Prices {
  std::vector<std::pair<SymbolText, Decimal>> prices;
  std::int64_t answered_at_ns = 0;  ///< the exchange's Unix time; 0: not given
  bool stale = false;               ///< the exchange doubts them itself
};

/// A candle as the exchange gave it: closed, or of the present interval.
struct AnsweredCandle {
  Candle candle;
  std::uint64_t trades = 0;
};

/// A request to the exchange.
struct Question {
  enum class Kind : std::uint8_t {
    prices,      ///< of all symbols
    trade_time,  ///< of the last trade of `symbol`
    health,      ///< does the exchange receive trades?
    candles,     ///< the newest `limit` of a series
  };
  Kind kind = Kind::prices;
  SymbolText symbol;
  IntervalText interval = {};
  unsigned limit = 0;
};

/// A request about the account.
struct AccountQuestion {
  enum class Kind : std::uint8_t {
    orders,       ///< `limit` of them, the newest created first, without the first `offset`
    open_orders,  ///< at most `limit`
    order,        ///< the one of that `id`
    portfolio,
  };
  Kind kind = Kind::orders;
  std::size_t limit = 0;
  std::size_t offset = 0;
  std::string id;
};

struct RequestedOrder {
  Order order;
  std::int64_t changed_at_ns = 0;  ///< the exchange's Unix time of its last change, as far as known
};

/// Why the exchange refuses the upgrade, as its REST interface says.
enum class Refusal : std::uint8_t {
  unknown,    ///< it does not say
  wrong_key,  ///< it does not know the key
  suspended,  ///< the account is suspended
  failing,    ///< it cannot check keys at present
  none,       ///< it accepts the key
};

}  // namespace tickcache::daemon
