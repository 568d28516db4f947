// HTTP's Retry-After header.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tickcache::daemon {

/// The delay from either form of the header (seconds, or an HTTP date, relative to `unix_now_ns`);
/// never negative. Nothing if the header is empty or malformed.
std::optional<std::chrono::nanoseconds> parse_retry_after(std::string_view value,
                                                          std::int64_t unix_now_ns);

}  // namespace tickcache::daemon
