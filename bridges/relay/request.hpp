// What a WebSocket client asks for, in either of the platform's dialects.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tickcache/status.hpp"

namespace tickcache::relay {

/// A subscription, or its end.
struct Request {
  enum class Kind : std::uint8_t { subscribe, unsubscribe, pong, ping };

  Kind kind = Kind::subscribe;
  ChannelKind channel = ChannelKind::ticker;
  std::string symbol;    ///< of a ticker and of candles
  std::string interval;  ///< of candles
  /// It named the channel in one text, as the specification's clients do: "ticker:BTCUSDT".
  bool is_joined = false;

  /// As acknowledgements name the channel: "ticker:BTCUSDT", "candles:BTCUSDT:1m", "orders".
  [[nodiscard]] std::string channel_name() const;
};

/// Whether it stands for every symbol.
[[nodiscard]] bool means_all(std::string_view symbol);

struct RequestError {
  std::string_view code;  ///< one of the platform's
  std::string message;
};

/// Sets `out`, or returns why it cannot.
[[nodiscard]] std::optional<RequestError> parse_request(std::string_view text, Request& out);

}  // namespace tickcache::relay
