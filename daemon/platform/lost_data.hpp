// What a rejected message would have been about.
#pragma once

#include <string_view>

#include "daemon/core/event.hpp"

namespace tickcache::daemon {

/// The channels whose data may be in a message that could not be decoded, even if it is not JSON:
/// those that any "channel" or "type" in it names, for every "symbol" and "interval" in it. Symbols
/// without a channel count as tickers. Rather too many than too few: their values become stale
/// until the next ones. Nothing if it cannot be told. Allocates nothing.
LostData lost_data(std::string_view message) noexcept;

}  // namespace tickcache::daemon
