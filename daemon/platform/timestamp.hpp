// Parses the exchange's timestamps.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tickcache::daemon {

/// When the year 2200 begins, in Unix time: no time of the exchange is as late. So differences of
/// two times, and what is added to one, do not overflow.
inline constexpr std::int64_t kYear2200 = 7'258'118'400'000'000'000;

/// Unix time in nanoseconds, exactly. `text` is either
///  - ISO-8601: "2026-02-23T15:30:45.123Z", with 'T', 't' or a blank, up to 9 fraction digits, and
///    'Z', 'z', "±hh:mm" or nothing (UTC) at the end; or
///  - milliseconds since 1970 as a decimal number. The unit is never guessed from the size: seconds
///    are read as milliseconds too, and present-day microseconds are out of range.
/// Returns nothing for anything else, for times before 1970 or from 2200 on, and for fractions of
/// a nanosecond.
std::optional<std::int64_t> parse_timestamp(std::string_view text) noexcept;

}  // namespace tickcache::daemon
