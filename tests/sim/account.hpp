#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/market.hpp"
#include "sim/options.hpp"
#include "sim/random.hpp"

namespace tickcache::sim {

// One order update, its texts as they go over the wire; what is not set is not sent.
struct OrderUpdate {
  std::string order_id;
  std::string status;
  std::string symbol;
  std::string side;
  std::string type;
  std::string quantity;
  std::optional<std::string> executed_price;
  std::optional<std::string> executed_quantity;
  std::optional<std::string> fee;
  std::optional<std::string> filled_at;
  std::optional<std::string> cancelled_at;
  std::optional<std::string> rejected_reason;
  std::optional<std::string> price;
};

// The message, and within it the object that holds the fields. In the specification's dialect they
// are the same, because it has no envelope.
struct OrderMessage {
  std::string text;
  std::string data;
};

OrderMessage order_message(Dialect dialect, const OrderUpdate& update);

// A random UUID.
std::string new_order_id(Random& random);

// The private side of one agent: orders that live and die, and what they leave of its money.
// Belongs to one thread at a time.
class Account {
 public:
  explicit Account(const Options& options);

  // The next update of some order: a new one, or the next step of one that is open.
  OrderUpdate next_order(const Market& market, std::int64_t now_ms);

  // The message of the next portfolio snapshot.
  std::string next_portfolio(std::int64_t now_ms);

 private:
  struct Open {
    OrderUpdate update;  // as last sent
    std::int64_t price;  // mantissa
    int digits;
    std::int64_t lots;  // hundredths of a coin
  };

  Open place(const Market& market);
  OrderUpdate fill(Open& order, std::int64_t lots, bool whole, std::int64_t now_ms);

  Dialect dialect_;
  Random random_;
  std::vector<Open> open_;
  std::int64_t equity_ = 12458'30;  // in cents, like the two below
  std::int64_t unrealized_ = 660'65;
  std::int64_t realized_ = 1241'30;
  std::uint64_t snapshots_ = 0;
};

}  // namespace tickcache::sim
