#include "values.hpp"

namespace tickcache::node {
namespace {

void put_origin(Row& row, int origin) {
  constexpr const char* kNames[] = {"websocket", "rest", "ticks"};
  if (origin >= 1 && origin <= 3) return row.text(kNames[origin - 1]);
  row.null();
}

}  // namespace

void put_verdict(Row& row, int freshness, int reason) {
  row.text(tickcache_freshness_text(freshness));
  row.text(tickcache_reason_text(reason));
}

void put_ticker(Row& row, const char* symbol, const tickcache_ticker& ticker, std::int64_t now_ns) {
  row.text(symbol);
  row.decimal(ticker.price);
  row.decimal_or_null(ticker.has_quantity != 0, ticker.quantity);
  row.time(ticker.exchange_time_ns);
  if (ticker.buyer_is_maker < 0) {
    row.null();
  } else {
    row.flag(ticker.buyer_is_maker);
  }
  row.age(now_ns - ticker.received_ns);
  row.count(ticker.updates);
  row.flag(ticker.snapshot);
  row.number(ticker.lag_ms);
}

void put_order(Row& row, const tickcache_order& order, std::int64_t now_ns) {
  const auto field = [&](int which, tickcache_decimal value) {
    row.decimal_or_null((order.fields & which) != 0, value);
  };
  row.count(order.position);
  row.chars(order.id);
  row.chars(order.status);
  row.chars(order.symbol);
  row.chars_or_null(order.side);
  row.chars_or_null(order.type);
  field(TICKCACHE_ORDER_QUANTITY, order.quantity);
  field(TICKCACHE_ORDER_PRICE, order.price);
  field(TICKCACHE_ORDER_EXECUTED_PRICE, order.executed_price);
  field(TICKCACHE_ORDER_EXECUTED_QUANTITY, order.executed_quantity);
  field(TICKCACHE_ORDER_FEE, order.fee);
  row.time(order.filled_at_ns);
  row.time(order.cancelled_at_ns);
  row.chars_or_null(order.rejected_reason);
  row.age(now_ns - order.received_ns);
  row.time(order.gap_since_ns);
  if ((order.flags & TICKCACHE_ORDER_DATA_CUT) == 0) {
    row.chars_or_null(order.data);
  } else {
    row.null();
  }
  row.flag(order.flags & TICKCACHE_ORDER_TEXT_CUT);
  put_origin(row, order.origin);
}

void put_candle(Row& row, const tickcache_candle& candle, std::int64_t now_ns) {
  row.time(candle.open_time_ns);
  row.decimal(candle.open);
  row.decimal(candle.high);
  row.decimal(candle.low);
  row.decimal(candle.close);
  row.chars_or_null(candle.volume);
  row.flag(candle.closed);
  row.age(now_ns - candle.received_ns);
  put_origin(row, candle.origin);
  row.flag((candle.flags & TICKCACHE_CANDLE_INCOMPLETE) == 0 ? 1 : 0);
}

void put_portfolio(Row& row, const tickcache_portfolio& portfolio, std::int64_t now_ns) {
  row.chars_or_null(portfolio.total_equity);
  row.chars_or_null(portfolio.available_cash);
  row.chars_or_null(portfolio.unrealized_pnl);
  row.chars_or_null(portfolio.realized_pnl);
  row.chars_or_null(portfolio.roi_pct);
  row.time(portfolio.exchange_time_ns);
  row.age(now_ns - portfolio.received_ns);
  put_origin(row, portfolio.origin);
}

}  // namespace tickcache::node
