#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>

#include "sim/options.hpp"

namespace tickcache::sim {

// The platform's cap, per connection.
inline constexpr std::size_t kMaxSubscriptions = 10;

// What one message of a client leads to.
struct Outcome {
  enum class Reply { none, ack, error };

  Reply reply = Reply::none;
  std::string text;      // the reply, if there is one
  bool pong = false;     // it answers a ping
  bool changed = false;  // the subscriptions are different now
  bool close = false;    // the server closes the connection, normally (1000)
};

// One connection's subscriptions, and the answers to its messages: text in, text out, no I/O.
//
// Dialect::real answers as the platform's server does, to the letter. It closes the connection at
// text that is no JSON object, or where a name is no string: the platform's handler dies of those.
// Dialect::spec knows joined names only and never answers; what it does not understand, it ignores.
class ClientState {
 public:
  explicit ClientState(Dialect dialect) noexcept : dialect_(dialect) {}

  Outcome on_text(std::string_view text);

  // Named as the acknowledgement names them: "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m",
  // "orders", "portfolio". A subscription to "ticker" of the symbol "all" is "ticker:ALL", a name
  // that no tick has.
  const std::set<std::string>& subscriptions() const noexcept { return subscriptions_; }

 private:
  Outcome on_real(std::string_view text);
  Outcome on_spec(std::string_view text);

  Dialect dialect_;
  std::set<std::string> subscriptions_;
};

}  // namespace tickcache::sim
