// Terminates the texts of records copied from a segment.
#pragma once

#include <cstddef>

#include "tickcache/layout.hpp"

namespace tickcache {

/// In a corrupt segment, a text may lack its terminator.
template <std::size_t... N>
void terminate_texts(Text<N>&... texts) noexcept {
  ((texts.bytes[N - 1] = '\0'), ...);
}
/// Terminates the texts of a record copied from a segment.
template <class Record>
void terminate(Record&) noexcept {}  // it has none
inline void terminate(Order& order) noexcept {
  terminate_texts(order.id, order.symbol, order.status, order.type, order.side,
                  order.rejected_reason, order.data);
}
inline void terminate(Candle& candle) noexcept { terminate_texts(candle.volume); }
inline void terminate(Portfolio& portfolio) noexcept {
  terminate_texts(portfolio.total_equity, portfolio.available_cash, portfolio.unrealized_pnl,
                  portfolio.realized_pnl, portfolio.roi_pct);
}
inline void terminate(layout::ChannelRecord& channel) noexcept {
  terminate_texts(channel.symbol, channel.interval, channel.reason);
}
inline void terminate(layout::ConnectionError& error) noexcept { terminate_texts(error.text); }

}  // namespace tickcache
