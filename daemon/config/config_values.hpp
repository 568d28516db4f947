// From the text of an option to its value, and back.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

// Each parser sets `out` and returns an empty text, or leaves `out` alone and says what is wrong
// and what would be right. Numbers are exact: nothing is rounded, no unit or blank is guessed.

/// true, on, yes, 1; false, off, no, 0; in any case.
[[nodiscard]] std::string parse_bool(std::string_view text, bool& out);
[[nodiscard]] std::string parse_count(std::string_view text, std::uint32_t min, std::uint32_t max,
                                      std::uint32_t& out);
[[nodiscard]] std::string parse_power_of_two(std::string_view text, std::uint32_t min,
                                             std::uint32_t max, std::uint32_t& out);
/// Seconds with up to 9 digits after the point, as in "0.25".
[[nodiscard]] std::string parse_seconds(std::string_view text, std::chrono::nanoseconds min,
                                        std::chrono::nanoseconds max,
                                        std::chrono::nanoseconds& out);
/// A number from 0 to 1.
[[nodiscard]] std::string parse_fraction(std::string_view text, double& out);
/// Octal permissions of a file that only its owner may write to.
[[nodiscard]] std::string parse_mode(std::string_view text, std::uint32_t& out);
/// "all", "none" or a comma-separated list; symbols come out in upper case, each once.
[[nodiscard]] std::string parse_symbols(std::string_view text, Symbols& out);
/// "none", nothing, or a comma-separated list of SYMBOL:INTERVAL.
[[nodiscard]] std::string parse_candles(std::string_view text, std::vector<CandleSeries>& out);
[[nodiscard]] std::string parse_segment_name(std::string_view text, std::string& out);
[[nodiscard]] std::string parse_log_level(std::string_view text, LogLevel& out);
[[nodiscard]] std::string parse_log_format(std::string_view text, LogFormat& out);

// What the parsers read back as the same value.
[[nodiscard]] std::string show(bool value);
[[nodiscard]] std::string show(std::chrono::nanoseconds value);
[[nodiscard]] std::string show(const Symbols& value);
[[nodiscard]] std::string show(const std::vector<CandleSeries>& value);
[[nodiscard]] std::string show(LogLevel value);
[[nodiscard]] std::string show(LogFormat value);
[[nodiscard]] std::string show_fraction(double value);
[[nodiscard]] std::string show_mode(std::uint32_t value);

[[nodiscard]] std::string lower_case(std::string_view text);

/// `text` in quotes, fit for an error message: on one line, of bounded length, and without the
/// places where people put a key by mistake (a URL's user information and query, "ak_…").
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace tickcache::daemon
