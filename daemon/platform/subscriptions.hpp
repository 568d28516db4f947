// The plan: which channels are subscribed to on which connection.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "daemon/core/channel.hpp"
#include "tickcache/status.hpp"
#include "tickcache/text.hpp"

namespace tickcache::daemon {

/// The exchange's limit.
inline constexpr std::size_t kMaxSubscriptions = 10;

/// What the configuration asks for. Symbols are upper case letters and digits, as the exchange
/// spells them; a symbol "ALL" means all of them (as a name of one symbol it would be accepted by
/// the exchange, use up a subscription and deliver nothing).
struct Wanted {
  bool all_symbols = false;
  std::vector<SymbolText> symbols;
  bool orders = false;
  bool portfolio = false;
  std::vector<Channel> candles;  ///< each of kind candles
};

/// Which symbols' ticks are kept.
class Filter {
 public:
  Filter() = default;  ///< none
  explicit Filter(const Wanted& wanted);

  [[nodiscard]] bool everything() const noexcept { return everything_; }
  /// Allocates nothing; a few nanoseconds.
  [[nodiscard]] bool wants(const SymbolText& symbol) const noexcept;

 private:
  [[nodiscard]] std::size_t slot_of(const SymbolText& symbol) const noexcept;

  bool everything_ = false;
  std::vector<SymbolText> table_;  ///< open addressing; a power of two, at most half full
};

struct Plan {
  /// By connection, in the order of the requests: tickers, orders, portfolio, candles. At most
  /// kMaxSubscriptions each, and never ticker_all beside a ticker. A connection in the middle may
  /// be empty; it is closed. The first may be empty too, but stays open: with nothing wanted, the
  /// feed's health and the key's validity can still be seen, and a later reload is served at once.
  std::vector<std::vector<Channel>> connections;
  /// Candles for which there is no room within kMaxConnections and kMaxChannels.
  std::vector<Channel> unplaced;
  /// Symbols were listed, but are more than the first connection's free subscriptions: everything
  /// is subscribed to, and Filter keeps what was asked for.
  bool widened = false;

  [[nodiscard]] bool contains(const Channel& channel) const;
};

/// Tickers, orders and portfolio go on the first connection; candles fill its rest, then further
/// connections. Candles stay where `previous` has them as long as there is room.
Plan make_plan(const Wanted& wanted, const Plan& previous = {});

}  // namespace tickcache::daemon
