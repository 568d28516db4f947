// The display name of a channel.
#pragma once

#include <string>

#include "tickcache/status.hpp"

namespace tickcache::encode {

/// "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m", "orders". The symbol is untrusted text
/// from the exchange.
[[nodiscard]] std::string channel_name(const ChannelStatus& channel);

}  // namespace tickcache::encode
