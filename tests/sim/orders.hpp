#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/account.hpp"
#include "sim/clock.hpp"
#include "sim/options.hpp"
#include "sim/portfolio.hpp"
#include "sim/random.hpp"

namespace tickcache::sim {

// Who gets to know of an order's change.
enum class Tell {
  everywhere,  // the WebSocket, and REST
  rest_only,
  nowhere,  // it shows with the next change that REST is told of
};

struct NewOrder {
  std::string symbol = "BTCUSDT";
  std::string side = "buy";
  std::string type = "limit";
  std::string quantity = "0.01000000";
  std::optional<std::string> price = "60000.00000000";
};

struct Order {
  OrderUpdate update;  // as the WebSocket tells it
  std::int64_t created_us = 0;
  std::int64_t filled_us = 0;  // 0: not yet
  std::optional<std::string> slippage_pct;

  bool is_open() const { return update.status == "pending" || update.status == "partially_filled"; }
};

// The agent's orders, and what they do to its money. Belongs to one thread at a time.
class Orders {
 public:
  Orders(const Options& options, const Clock& clock);

  // Sends an update over the WebSocket.
  std::function<void(const OrderUpdate&)> publish = [](const OrderUpdate&) {};

  // A pending order; returns its id.
  std::string place(const NewOrder& order, Tell tell);
  // Each changes an open order; false if there is none of that id. A fill that leaves something is
  // a partial one; without a quantity it leaves nothing.
  bool fill(std::string_view id, std::string_view price, std::string_view quantity, Tell tell,
            std::optional<std::string> slippage_pct = {});
  bool cancel(std::string_view id, Tell tell);
  bool reject(std::string_view id, std::string_view reason, Tell tell);
  bool expire(std::string_view id, Tell tell);

  // Remembers an update that was made elsewhere, and published.
  void note(const OrderUpdate& update);

  // As REST shows them: the order, or null; and those that pass, the newest created first.
  const Order* find(std::string_view id) const;
  std::vector<const Order*> list(const std::function<bool(const Order&)>& passes) const;
  const Portfolio& portfolio() const noexcept { return portfolio_; }
  // The cash that open orders to buy hold, as a mantissa at kBookDigits.
  std::int64_t locked_cash() const;

 private:
  struct Entry {
    Order order;
    std::optional<Order> shown;  // by REST
  };

  Entry* open_entry(std::string_view id);
  Entry& add(Order order);
  void tell(Entry& entry, Tell whom);
  bool end(std::string_view id, std::string_view status, Tell tell);

  const Clock& clock_;
  Random random_;
  Portfolio portfolio_;
  std::deque<Entry> entries_;  // by creation
  std::uint64_t dropped_ = 0;  // of them, from the front
  std::unordered_map<std::string, std::uint64_t> index_;
};

}  // namespace tickcache::sim
