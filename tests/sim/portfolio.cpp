#include "sim/portfolio.hpp"

#include <algorithm>

#include "sim/decimal.hpp"
#include "sim/fixed_point.hpp"
#include "sim/json_text.hpp"

namespace tickcache::sim {
namespace {

// Amounts that were computed have the digits of both factors.
constexpr int kValueDigits = 2 * kBookDigits;

std::string value_text(Wide value) { return wide_text(value, kValueDigits); }

Wide widened(std::int64_t mantissa) { return Wide{mantissa} * 100'000'000; }

}  // namespace

void Portfolio::on_fill(std::string_view symbol, bool is_buy, std::int64_t quantity,
                        std::int64_t price, std::int64_t fee, std::int64_t time_us) {
  Position& position = positions_[std::string(symbol)];
  const Wide value = Wide{price} * quantity;
  if (is_buy) {
    cash_ -= rounded(value + widened(fee));
    if (position.quantity == 0) position.opened_us = time_us;
    // The fee is part of what the position cost.
    const Wide cost = Wide{position.entry_price} * position.quantity + value + widened(fee);
    position.quantity += quantity;
    if (position.quantity > 0) {
      position.entry_price = static_cast<std::int64_t>(cost / position.quantity);
    }
    return;
  }
  const std::int64_t sold = std::min(quantity, position.quantity);
  cash_ += rounded(value - widened(fee));
  realized_ += rounded(Wide{price - position.entry_price} * sold) - fee;
  position.quantity -= sold;
  if (position.quantity == 0) positions_.erase(std::string(symbol));
}

HttpResponse Portfolio::response(const Trades& trades, bool has_prices, std::int64_t locked_cash,
                                 std::int64_t time_us) const {
  Wide positions_value = 0;
  Wide unrealized = 0;
  std::string list;
  for (const auto& [symbol, position] : positions_) {
    const Wide cost = Wide{position.entry_price} * position.quantity;
    std::int64_t price = 0;
    if (const std::size_t at = trades.find(symbol); has_prices && at < trades.size()) {
      price = trades.day(at).close;
    }
    const Wide value = price > 0 ? Wide{price} * position.quantity : cost;
    positions_value += value;
    unrealized += value - cost;
    if (!list.empty()) list += ',';
    ObjectText(list, Encoding::utf8)
        .text("symbol", symbol)
        .text("asset", symbol.substr(0, symbol.rfind("USDT")))
        .text("quantity", book_text(position.quantity))
        .text("avg_entry_price", book_text(position.entry_price))
        .text("current_price", price > 0 ? book_text(price) : "0")
        .text("market_value", value_text(value))
        .text("unrealized_pnl", value_text(value - cost))
        .text("unrealized_pnl_pct", price > 0 ? quotient_text(100 * (value - cost), cost) : "0")
        .text("opened_at", rest_time(position.opened_us))
        .end();
  }
  const Wide total = unrealized + widened(realized_);
  HttpResponse response;
  ObjectText(response.body, Encoding::utf8)
      .text("total_equity", value_text(widened(cash_) + positions_value))
      .text("available_cash", book_text(cash_ - locked_cash))
      .text("locked_cash", book_text(locked_cash))
      .text("total_position_value", value_text(positions_value))
      .text("unrealized_pnl", value_text(unrealized))
      .text("realized_pnl", realized_ == 0 ? "0" : book_text(realized_))
      .text("total_pnl", value_text(total))
      // total / 100000 in per cent: three places further, and the last four cut off.
      .text("roi_pct", wide_text(total / 10'000, kValueDigits + 3 - 4))
      .text("starting_balance", fixed_text(kStart, kBookDigits))
      .plain("positions", "[" + list + "]")
      .text("timestamp", rest_time(time_us))
      .end();
  return response;
}

}  // namespace tickcache::sim
