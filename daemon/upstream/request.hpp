// The texts of requests, in the two forms that exchanges take.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/channel.hpp"

namespace tickcache::daemon {

enum class Form : std::uint8_t {
  split,   ///< "channel":"ticker","symbol":"BTCUSDT": the platform's server
  joined,  ///< "channel":"ticker:BTCUSDT": the platform's Python client
};

constexpr Form other(Form form) { return form == Form::split ? Form::joined : Form::split; }

/// Whether the two forms differ: those of orders and portfolio do not.
constexpr bool has_two_forms(const Channel& channel) {
  return channel.kind != ChannelKind::orders && channel.kind != ChannelKind::portfolio;
}

/// "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m", "orders" or "portfolio".
std::string joined_name(const Channel& channel);

/// What a request has as its "channel".
std::string requested_name(const Channel& channel, Form form);

/// The message that subscribes, or unsubscribes.
std::string request_text(const Channel& channel, bool subscribe, Form form);

}  // namespace tickcache::daemon
