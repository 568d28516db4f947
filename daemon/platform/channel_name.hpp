// Channel names as the exchange writes them.
#pragma once

#include <optional>
#include <string_view>

#include "tickcache/status.hpp"
#include "tickcache/text.hpp"

namespace tickcache::daemon {

/// A parsed name such as "candles:BTCUSDT:1m". Missing parts are absent.
struct ChannelName {
  ChannelKind kind = ChannelKind::all_tickers;
  std::optional<std::string_view> symbol;
  std::optional<std::string_view> interval;
};

/// The kind of a plain name, used as a channel or as a message type: "ticker", "ticker_all",
/// "candle", "candles", "order", "orders", "order_update", "portfolio".
std::optional<ChannelKind> kind_named(std::string_view name) noexcept;

/// Parses a plain or joined name. The parts refer to `name` and are not validated. "ticker:all" (in
/// any case) is ticker_all. Nothing if the kind is unknown.
std::optional<ChannelName> parse_channel_name(std::string_view name) noexcept;

/// Whether `text` is "all", in any case: it means every symbol and is not a symbol itself.
bool means_all(std::string_view text) noexcept;

/// Stores a symbol in upper case. False if it is empty, over 31 bytes, or has control bytes,
/// blanks or quotes.
bool assign_symbol(std::string_view text, SymbolText& symbol) noexcept;

/// Stores an interval. False if it is empty, over 7 bytes, or has control bytes, blanks or quotes.
bool assign_interval(std::string_view text, IntervalText& interval) noexcept;

}  // namespace tickcache::daemon
