// What a rejected message would have been about.
#pragma once

#include <optional>
#include <string_view>

#include "daemon/core/event.hpp"

namespace tickcache::daemon {

/// The channel whose data a message holds that could not be decoded, even if it is not JSON: by the
/// first "channel" or "type" that names one, and the first "symbol" and "interval". A symbol
/// without either counts as a ticker's. Nothing if it cannot be told. Allocates nothing.
std::optional<Channel> lost_channel(std::string_view message) noexcept;

}  // namespace tickcache::daemon
