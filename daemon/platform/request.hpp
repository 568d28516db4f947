// The messages sent to the exchange: requests, in two forms, and the pong.
#pragma once

#include <string>
#include <string_view>

#include "daemon/core/event.hpp"

namespace tickcache::daemon {

/// Bits, which combine to sets of forms.
enum Form : unsigned {
  kSplit = 1,   ///< "channel":"ticker","symbol":"BTCUSDT": the platform's server
  kJoined = 2,  ///< "channel":"ticker:BTCUSDT": the platform's Python client
};

/// Whether the two forms differ: those of orders and portfolio do not.
constexpr bool has_two_forms(const Channel& channel) {
  return channel.kind != ChannelKind::orders && channel.kind != ChannelKind::portfolio;
}

/// "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m", "orders" or "portfolio".
std::string joined_name(const Channel& channel);

/// The message that subscribes or unsubscribes.
std::string request_text(const Channel& channel, bool subscribe, Form form);

/// The answer to a ping. It satisfies both the platform's server, which reads "action", and the
/// specification, which uses "type".
inline constexpr std::string_view kPong = R"({"type":"pong","action":"pong"})";

}  // namespace tickcache::daemon
