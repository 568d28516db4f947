// Freshness and its reasons in words.
#pragma once

#include <string>
#include <string_view>

#include "tickcache/status.hpp"

namespace tickcache::encode {

/// "feed reconnecting"; empty for Reason::none.
[[nodiscard]] std::string_view why(Reason reason) noexcept;

/// "live", "stale: feed reconnecting"
[[nodiscard]] std::string verdict(Freshness freshness, Reason reason);

}  // namespace tickcache::encode
