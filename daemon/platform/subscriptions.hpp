// Plans which channels are subscribed to on which connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "daemon/core/event.hpp"
#include "tickcache/status.hpp"
#include "tickcache/text.hpp"

namespace tickcache::daemon {

/// The exchange's limit per connection.
inline constexpr std::size_t kMaxSubscriptions = 10;
/// The connection that brings tickers, orders and portfolio.
inline constexpr std::uint8_t kFirstConnection = 0;

/// The configured data. Symbols are in upper case, as the exchange spells them; nothing is named
/// twice.
struct Wanted {
  bool all_symbols = false;
  std::vector<SymbolText> symbols;
  bool orders = false;
  bool portfolio = false;
  std::vector<Channel> candles;  ///< each of kind candles
  /// Candles that are made of ticks while the exchange does not send them. A symbol "ALL": those of
  /// every symbol.
  std::vector<Channel> made_candles;
  /// Configured candles that are neither of these.
  std::vector<Channel> impossible_candles;
};

/// The symbols whose ticks are stored.
class Filter {
 public:
  Filter() = default;  ///< none
  explicit Filter(const Wanted& wanted);

  /// Allocates nothing; a few nanoseconds.
  [[nodiscard]] bool wants(const SymbolText& symbol) const noexcept;

 private:
  [[nodiscard]] std::size_t slot_of(const SymbolText& symbol) const noexcept;

  bool everything_ = false;
  std::vector<SymbolText> table_;  ///< open addressing; a power of two, at most half full
};

struct Plan {
  /// By connection, in the order of the requests: tickers, orders, portfolio, candles. At most
  /// kMaxSubscriptions each, and never ticker_all with a ticker. Empty connections are closed,
  /// except the first: even with nothing wanted, it shows the feed's health and the key's validity,
  /// and a later reload takes effect at once.
  std::vector<std::vector<Channel>> connections;
  /// The listed symbols exceed the first connection's free subscriptions: all symbols are
  /// subscribed to, and Filter selects the listed ones.
  bool widened = false;

  [[nodiscard]] bool contains(const Channel& channel) const;
};

/// Puts tickers, orders and portfolio on the first connection; candles fill the rest of it, then
/// further connections, which suffice for as many as can be configured. Candles stay on their
/// connection in `previous` while there is room.
Plan make_plan(const Wanted& wanted, const Plan& previous = {});

}  // namespace tickcache::daemon
