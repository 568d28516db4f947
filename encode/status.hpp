// The daemon's status as JSON, and its channels.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "encode/time.hpp"
#include "tickcache/status.hpp"

namespace tickcache::encode {

/// Those of `status` that tickcached has declared.
[[nodiscard]] inline std::span<const ChannelStatus> channels_of(const Status& status) noexcept {
  return {status.channels, std::min(status.channel_count, kMaxChannels)};
}

/// "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m", "orders". The symbol is untrusted text
/// from the exchange.
[[nodiscard]] std::string channel_name(const ChannelStatus& channel);

/// The whole status on one line (docs/cli.md). `segment` is the segment's name.
[[nodiscard]] std::string status_json(std::string_view segment, const Status& status,
                                      const Clocks& clocks);

}  // namespace tickcache::encode
