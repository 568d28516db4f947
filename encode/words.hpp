// Freshness, its reasons, counters and channels in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tickcache/status.hpp"

namespace tickcache::encode {

/// "feed reconnecting"; empty for Reason::none.
[[nodiscard]] std::string_view why(Reason reason) noexcept;

/// "live", "stale: feed reconnecting"
[[nodiscard]] std::string verdict(Freshness freshness, Reason reason);

/// "ticks stored", or "tick stored" of one; empty for a number that is not a counter.
[[nodiscard]] std::string counter_text(Counter counter, std::uint64_t count);

/// "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m", "orders". The symbol is untrusted text.
[[nodiscard]] std::string channel_name(ChannelKind kind, std::string_view symbol,
                                       std::string_view interval);

}  // namespace tickcache::encode
