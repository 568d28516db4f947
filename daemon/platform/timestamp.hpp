// Parses the exchange's timestamps.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tickcache::daemon {

/// Unix time in nanoseconds, exactly. `text` is either
///  - ISO-8601: "2026-02-23T15:30:45.123Z", with 'T', 't' or a blank, up to 9 fraction digits, and
///    'Z', 'z', "±hh:mm" or nothing (UTC) at the end; or
///  - milliseconds since 1970 as a decimal number. The unit is never guessed from the size: seconds
///    are read as milliseconds too, and present-day microseconds are out of range.
/// Returns nothing for anything else, for times before 1970 or after 2262, and for fractions of a
/// nanosecond.
std::optional<std::int64_t> parse_timestamp(std::string_view text) noexcept;

}  // namespace tickcache::daemon
