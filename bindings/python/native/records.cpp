#include "records.hpp"

#include "text.hpp"

namespace tickcache::python {
namespace {

PyObject* field(const tickcache_order& order, int which, tickcache_decimal value) noexcept {
  return (order.fields & which) != 0 ? text(value) : none();
}

PyObject* origin(std::uint8_t value) noexcept {
  constexpr const char* kNames[] = {"websocket", "rest", "ticks"};
  return value >= 1 && value <= 3 ? PyUnicode_FromString(kNames[value - 1]) : none();
}

PyObject* flag(int value) noexcept { return PyBool_FromLong(value != 0 ? 1 : 0); }

}  // namespace

PyObject* order_tuple(const tickcache_order& order, std::int64_t now_ns) noexcept {
  const bool whole = (order.flags & TICKCACHE_ORDER_DATA_CUT) == 0;
  return Py_BuildValue("(KNNNNNNNNNNNNNNNNNN)", static_cast<unsigned long long>(order.position),
                       text(order.id), text(order.status), text(order.symbol),
                       text_or_none(order.side), text_or_none(order.type),
                       field(order, TICKCACHE_ORDER_QUANTITY, order.quantity),
                       field(order, TICKCACHE_ORDER_PRICE, order.price),
                       field(order, TICKCACHE_ORDER_EXECUTED_PRICE, order.executed_price),
                       field(order, TICKCACHE_ORDER_EXECUTED_QUANTITY, order.executed_quantity),
                       field(order, TICKCACHE_ORDER_FEE, order.fee), utc(order.filled_at_ns),
                       utc(order.cancelled_at_ns), text_or_none(order.rejected_reason),
                       seconds(now_ns - order.received_ns), utc(order.gap_since_ns),
                       whole ? text_or_none(order.data) : none(),
                       flag(order.flags & TICKCACHE_ORDER_TEXT_CUT), origin(order.origin));
}

PyObject* candle_tuple(const char* symbol, const char* interval, const tickcache_candle& candle,
                       std::int64_t now_ns) noexcept {
  return Py_BuildValue("(ssNNNNNNNNNN)", symbol, interval, utc(candle.open_time_ns),
                       text(candle.open), text(candle.high), text(candle.low), text(candle.close),
                       text_or_none(candle.volume), flag(candle.closed),
                       seconds(now_ns - candle.received_ns), origin(candle.origin),
                       flag((candle.flags & TICKCACHE_CANDLE_INCOMPLETE) == 0));
}

PyObject* portfolio_tuple(const tickcache_portfolio& portfolio, std::int64_t now_ns) noexcept {
  return Py_BuildValue("(NNNNNNNN)", text_or_none(portfolio.total_equity),
                       text_or_none(portfolio.available_cash),
                       text_or_none(portfolio.unrealized_pnl), text_or_none(portfolio.realized_pnl),
                       text_or_none(portfolio.roi_pct), utc(portfolio.exchange_time_ns),
                       seconds(now_ns - portfolio.received_ns), origin(portfolio.origin));
}

}  // namespace tickcache::python
