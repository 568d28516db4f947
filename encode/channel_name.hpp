// What a channel is called wherever it is shown.
#pragma once

#include <string>

#include "tickcache/status.hpp"

namespace tickcache::encode {

/// "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m", "orders". The symbol is as the exchange
/// wrote it: it may hold anything.
[[nodiscard]] std::string channel_name(const ChannelStatus& channel);

}  // namespace tickcache::encode
