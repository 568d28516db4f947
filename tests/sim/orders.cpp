#include "sim/orders.hpp"

#include <algorithm>
#include <utility>

#include "sim/decimal.hpp"
#include "sim/fixed_point.hpp"
#include "sim/json_text.hpp"

namespace tickcache::sim {
namespace {

constexpr std::size_t kKeptOrders = 10'000;
constexpr std::int64_t kFeeDivisor = 1000;  // 0.1 %

std::int64_t amount(std::string_view text) { return book_mantissa(text).value_or(0); }

std::string amount_text(std::int64_t mantissa) { return fixed_text(mantissa, kBookDigits); }

}  // namespace

Orders::Orders(const Options& options, const Clock& clock)
    : clock_(clock), random_(mix(options.seed + 0x0bde5)) {}

std::string Orders::place(const NewOrder& order, Tell tell) {
  Order placed;
  placed.update.order_id = new_order_id(random_);
  placed.update.status = "pending";
  placed.update.symbol = order.symbol;
  placed.update.side = order.side;
  placed.update.type = order.type;
  placed.update.quantity = order.quantity;
  if (order.type != "market") placed.update.price = order.price;
  placed.created_us = clock_.microseconds();
  Entry& entry = add(std::move(placed));
  this->tell(entry, tell);
  return entry.order.update.order_id;
}

Orders::Entry& Orders::add(Order order) {
  index_.emplace(order.update.order_id, dropped_ + entries_.size());
  entries_.push_back({std::move(order), std::nullopt});
  if (entries_.size() > kKeptOrders) {
    index_.erase(entries_.front().order.update.order_id);
    entries_.pop_front();
    ++dropped_;
  }
  return entries_.back();
}

void Orders::tell(Entry& entry, Tell whom) {
  if (whom == Tell::nowhere) return;
  entry.shown = entry.order;
  if (whom == Tell::everywhere) publish(entry.order.update);
}

Orders::Entry* Orders::open_entry(std::string_view id) {
  const auto found = index_.find(std::string(id));
  if (found == index_.end()) return nullptr;
  Entry& entry = entries_[found->second - dropped_];
  return entry.order.is_open() ? &entry : nullptr;
}

bool Orders::fill(std::string_view id, std::string_view price, std::string_view quantity, Tell tell,
                  std::optional<std::string> slippage_pct) {
  Entry* const entry = open_entry(id);
  if (entry == nullptr) return false;
  OrderUpdate& update = entry->order.update;
  const std::int64_t whole = amount(update.quantity);
  const std::int64_t before = amount(update.executed_quantity.value_or("0"));
  const std::int64_t more =
      quantity.empty() ? whole - before : std::min(amount(quantity), whole - before);
  const std::int64_t fee = rounded(Wide{amount(price)} * more / kFeeDivisor);
  update.status = before + more >= whole ? "filled" : "partially_filled";
  update.executed_price = price;
  update.executed_quantity = amount_text(before + more);
  update.fee = amount_text(amount(update.fee.value_or("0")) + fee);
  entry->order.filled_us = clock_.microseconds();
  entry->order.slippage_pct = std::move(slippage_pct);
  update.filled_at = iso_time(entry->order.filled_us / 1000);
  portfolio_.on_fill(update.symbol, update.side == "buy", more, amount(price), fee,
                     entry->order.filled_us);
  this->tell(*entry, tell);
  return true;
}

bool Orders::end(std::string_view id, std::string_view status, Tell tell) {
  Entry* const entry = open_entry(id);
  if (entry == nullptr) return false;
  entry->order.update.status = status;
  this->tell(*entry, tell);
  return true;
}

bool Orders::cancel(std::string_view id, Tell tell) {
  if (Entry* const entry = open_entry(id)) {
    entry->order.update.cancelled_at = iso_time(clock_.milliseconds());
  }
  return end(id, "cancelled", tell);
}

bool Orders::reject(std::string_view id, std::string_view reason, Tell tell) {
  if (Entry* const entry = open_entry(id)) entry->order.update.rejected_reason = reason;
  return end(id, "rejected", tell);
}

bool Orders::expire(std::string_view id, Tell tell) { return end(id, "expired", tell); }

void Orders::note(const OrderUpdate& update) {
  const auto found = index_.find(update.order_id);
  // What the risk check refuses was never an order.
  if (found == index_.end() && update.status == "rejected") return;
  Entry* entry = nullptr;
  if (found == index_.end()) {
    Order order;
    order.update.order_id = update.order_id;
    order.created_us = clock_.microseconds();
    entry = &add(std::move(order));
  } else {
    entry = &entries_[found->second - dropped_];
  }
  entry->order.update = update;
  if (update.filled_at) entry->order.filled_us = clock_.microseconds();
  entry->shown = entry->order;
}

const Order* Orders::find(std::string_view id) const {
  const auto found = index_.find(std::string(id));
  if (found == index_.end()) return nullptr;
  const Entry& entry = entries_[found->second - dropped_];
  return entry.shown ? &*entry.shown : nullptr;
}

std::vector<const Order*> Orders::list(const std::function<bool(const Order&)>& passes) const {
  std::vector<const Order*> result;
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->shown && passes(*entry->shown)) result.push_back(&*entry->shown);
  }
  return result;
}

std::int64_t Orders::locked_cash() const {
  std::int64_t locked = 0;
  for (const Entry& entry : entries_) {
    const OrderUpdate& update = entry.order.update;
    if (!entry.order.is_open() || update.side != "buy" || !update.price) continue;
    const std::int64_t open =
        amount(update.quantity) - amount(update.executed_quantity.value_or("0"));
    const Wide value = Wide{amount(*update.price)} * open;
    locked += rounded(value + value / kFeeDivisor);
  }
  return locked;
}

}  // namespace tickcache::sim
