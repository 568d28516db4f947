// Terminates the texts of records copied from a segment.
#pragma once

#include <cstddef>

#include "tickcache/candle.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"

namespace tickcache {

/// In a corrupt segment, a text may lack its terminator.
template <std::size_t N>
void terminate(Text<N>& text) noexcept {
  text.bytes[N - 1] = '\0';
}

inline void terminate(Order& order) noexcept {
  terminate(order.id);
  terminate(order.symbol);
  terminate(order.status);
  terminate(order.type);
  terminate(order.side);
  terminate(order.rejected_reason);
  terminate(order.data);
}

inline void terminate(Candle& candle) noexcept { terminate(candle.volume); }

inline void terminate(Portfolio& portfolio) noexcept {
  terminate(portfolio.total_equity);
  terminate(portfolio.available_cash);
  terminate(portfolio.unrealized_pnl);
  terminate(portfolio.realized_pnl);
  terminate(portfolio.roi_pct);
}

}  // namespace tickcache
