// HTTP's Retry-After header.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tickcache::daemon {

/// How long to wait, from either form of the header (seconds, or an HTTP date, which is relative to
/// `unix_now_ns`): never negative. Nothing if it is empty or malformed.
std::optional<std::chrono::nanoseconds> parse_retry_after(std::string_view value,
                                                          std::int64_t unix_now_ns);

}  // namespace tickcache::daemon
