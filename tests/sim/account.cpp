#include "sim/account.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "sim/fixed_point.hpp"
#include "sim/json_text.hpp"

namespace tickcache::sim {
namespace {

constexpr std::size_t kMostOpen = 20;
constexpr std::int64_t kStartEquity = 11'000'00;

std::string lots_text(std::int64_t lots) { return fixed_text(lots * 1'000'000, 8); }

void append_fields(ObjectText& object, const OrderUpdate& update) {
  object.text("order_id", update.order_id)
      .text("status", update.status)
      .text("symbol", update.symbol)
      .text("side", update.side)
      .text("type", update.type)
      .text("quantity", update.quantity);
  const std::array<std::pair<const char*, const std::optional<std::string>*>, 7> optional{{
      {"executed_price", &update.executed_price},
      {"executed_quantity", &update.executed_quantity},
      {"fee", &update.fee},
      {"filled_at", &update.filled_at},
      {"cancelled_at", &update.cancelled_at},
      {"rejected_reason", &update.rejected_reason},
      {"price", &update.price},
  }};
  for (const auto& [name, value] : optional) {
    if (value->has_value()) object.text(name, **value);
  }
}

}  // namespace

OrderMessage order_message(Dialect dialect, const OrderUpdate& update) {
  OrderMessage message;
  if (dialect == Dialect::spec) {
    ObjectText flat(message.text, false);
    flat.text("type", "order");
    // The specification's flat message has one "type" already, so the order's own goes by another
    // name.
    flat.text("order_type", update.type);
    flat.text("order_id", update.order_id).text("status", update.status);
    flat.text("symbol", update.symbol).text("side", update.side).text("quantity", update.quantity);
    if (update.executed_price) flat.text("executed_price", *update.executed_price);
    if (update.executed_quantity) flat.text("executed_quantity", *update.executed_quantity);
    if (update.fee) flat.text("fee", *update.fee);
    if (update.filled_at) flat.text("filled_at", *update.filled_at);
    if (update.cancelled_at) flat.text("cancelled_at", *update.cancelled_at);
    if (update.rejected_reason) flat.text("rejected_reason", *update.rejected_reason);
    if (update.price) flat.text("price", *update.price);
    flat.end();
    message.data = message.text;
    return message;
  }
  ObjectText data(message.data, true);
  append_fields(data, update);
  data.end();
  ObjectText(message.text, true).text("channel", "orders").plain("data", message.data).end();
  return message;
}

std::string new_order_id(Random& random) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string id;
  for (int i = 0; i < 36; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      id += '-';
    } else if (i == 14) {
      id += '4';
    } else if (i == 19) {
      id += kHex[8 + random.below(4)];
    } else {
      id += kHex[random.below(16)];
    }
  }
  return id;
}

// A stream of its own, so that the market is the same with and without orders.
Account::Account(const Options& options)
    : dialect_(options.dialect), random_(mix(options.seed + 0xacc0)) {}

Account::Open Account::place(const Market& market) {
  const auto symbol = static_cast<std::uint32_t>(random_.below(market.symbols().size()));
  Open order;
  order.price = market.price(symbol);
  order.digits = market.digits(symbol);
  order.lots = 2 + static_cast<std::int64_t>(random_.below(500));
  order.update.order_id = new_order_id(random_);
  order.update.status = "pending";
  order.update.symbol = market.symbols()[symbol];
  order.update.side = random_.below(2) == 0 ? "buy" : "sell";
  // Some platforms' clients send plain integers, which come back as they were.
  const bool whole = order.lots % 100 == 0;
  order.update.quantity = whole ? std::to_string(order.lots / 100) : lots_text(order.lots);
  constexpr std::array<std::string_view, 4> kTypes{"limit", "market", "stop_loss", "take_profit"};
  order.update.type = kTypes[random_.below(kTypes.size())];
  if (order.update.type != "market") order.update.price = fixed_text(order.price, order.digits);
  return order;
}

OrderUpdate Account::fill(Open& order, std::int64_t lots, bool whole, std::int64_t now_ms) {
  OrderUpdate& update = order.update;
  update.status = whole ? "filled" : "partially_filled";
  update.executed_price = fixed_text(order.price, order.digits);
  update.executed_quantity = lots_text(lots);
  update.fee = fixed_text(order.price * lots / 100'000, order.digits);  // 0.1 %
  update.filled_at = iso_time(now_ms);
  return update;
}

OrderUpdate Account::next_order(const Market& market, std::int64_t now_ms) {
  const bool enough = open_.size() >= kMostOpen;
  if (open_.empty() || (!enough && random_.below(3) == 0)) {
    Open order = place(market);
    if (order.update.type == "market") return fill(order, order.lots, true, now_ms);
    if (random_.below(8) == 0) {
      order.update.status = "rejected";
      order.update.rejected_reason =
          "Insufficient balance: \"USDT\" < 123450.00 \xe2\x80\x94 d\xc3\xa9j\xc3\xa0 vu";
      return order.update;
    }
    open_.push_back(order);
    return order.update;
  }
  const std::size_t at = random_.below(open_.size());
  Open& order = open_[at];
  if (order.update.status == "pending" && random_.below(2) == 0) {
    return fill(order, order.lots / 2, false, now_ms);
  }
  OrderUpdate last;
  if (random_.below(4) == 0) {
    order.update.status = "cancelled";
    order.update.cancelled_at = iso_time(now_ms);
    last = order.update;
  } else {
    last = fill(order, order.lots, true, now_ms);
  }
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
  return last;
}

std::string Account::next_portfolio(std::int64_t now_ms) {
  unrealized_ += random_.around_zero(50'00);
  realized_ += random_.around_zero(5'00);
  equity_ = kStartEquity + unrealized_ + realized_;
  // Amounts that were computed, not booked, carry as many digits as the computation left.
  std::string unrealized = fixed_text(unrealized_, 2);
  if (snapshots_++ % 4 == 3)
    unrealized += std::to_string(10'000'000'000'000 + random_.below(90'000'000'000'000));
  const std::string equity = fixed_text(equity_, 2);
  const std::string cash = fixed_text(equity_ / 2, 2);
  std::string out;
  if (dialect_ == Dialect::spec) {
    const std::string roi = fixed_text((equity_ - kStartEquity) / 100, 2) +
                            std::to_string(10'000'000'000'000 + random_.below(90'000'000'000'000)) +
                            "000000000001";
    ObjectText(out, false)
        .text("type", "portfolio")
        .text("total_equity", equity)
        .plain("available_cash", cash)
        .text("unrealized_pnl", unrealized)
        .text("realized_pnl", fixed_text(realized_, 2))
        .text("roi_pct", roi)
        .text("timestamp", iso_time(now_ms))
        .end();
    return out;
  }
  std::string data;
  ObjectText object(data, true);
  object.text("total_equity", equity)
      .text("unrealized_pnl", unrealized)
      .text("realized_pnl", fixed_text(realized_, 2))
      .text("timestamp", iso_time(now_ms));
  if (snapshots_ % 2 == 1) object.text("available_cash", cash);
  object.end();
  ObjectText(out, true).text("channel", "portfolio").plain("data", data).end();
  return out;
}

}  // namespace tickcache::sim
