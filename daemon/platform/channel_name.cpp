#include "daemon/platform/channel_name.hpp"

#include <algorithm>

namespace tickcache::daemon {

namespace {

/// ASCII only: the bytes of other characters stay.
char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// Whether a symbol or interval may have this byte.
bool is_plain(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7F && c != '"' && c != '\'';
}

template <std::size_t N>
bool assign_plain(std::string_view text, Text<N>& out) noexcept {
  if (text.empty() || text.size() > Text<N>::kMaxSize) return false;
  if (!std::all_of(text.begin(), text.end(), is_plain)) return false;
  return out.assign(text);
}

}  // namespace

std::optional<ChannelKind> kind_named(std::string_view name) noexcept {
  if (name == "ticker") return ChannelKind::ticker;
  if (name == "ticker_all") return ChannelKind::all_tickers;
  if (name == "candles" || name == "candle") return ChannelKind::candles;
  if (name == "orders" || name == "order" || name == "order_update") return ChannelKind::orders;
  if (name == "portfolio") return ChannelKind::portfolio;
  return std::nullopt;
}

std::optional<ChannelName> parse_channel_name(std::string_view name) noexcept {
  const auto colon = name.find(':');
  const auto kind = kind_named(name.substr(0, colon));
  if (!kind) return std::nullopt;
  ChannelName result{*kind, {}, {}};
  if (colon == std::string_view::npos) return result;

  const std::string_view rest = name.substr(colon + 1);
  if (*kind == ChannelKind::ticker && means_all(rest)) {
    result.kind = ChannelKind::all_tickers;
  } else if (*kind == ChannelKind::ticker) {
    result.symbol = rest;
  } else if (*kind == ChannelKind::candles) {
    const auto second = rest.rfind(':');
    result.symbol = rest.substr(0, second);
    if (second != std::string_view::npos) result.interval = rest.substr(second + 1);
  } else {
    return std::nullopt;  // the other kinds have nothing to be joined with
  }
  return result;
}

bool means_all(std::string_view text) noexcept {
  return text.size() == 3 && upper(text[0]) == 'A' && upper(text[1]) == 'L' &&
         upper(text[2]) == 'L';
}

bool assign_symbol(std::string_view text, SymbolText& symbol) noexcept {
  if (!assign_plain(text, symbol)) return false;
  std::transform(text.begin(), text.end(), symbol.bytes, upper);
  return true;
}

bool assign_interval(std::string_view text, IntervalText& interval) noexcept {
  return assign_plain(text, interval);
}

}  // namespace tickcache::daemon
