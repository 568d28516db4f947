// Parsers and printers for the value types of tickcached's own options; options/setting.hpp has the
// general ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

// Each parser sets `out` and returns an empty string, or leaves `out` unchanged and returns an
// error message with the accepted syntax.

/// Octal file permissions that let only the owner write.
[[nodiscard]] std::string parse_mode(std::string_view text, std::uint32_t& out);
/// "all", "none" or a comma-separated list. Converts symbols to upper case and removes duplicates.
[[nodiscard]] std::string parse_symbols(std::string_view text, Symbols& out);
/// "none", an empty string, or a comma-separated list of SYMBOL:INTERVAL.
[[nodiscard]] std::string parse_candles(std::string_view text, std::vector<CandleSeries>& out);
[[nodiscard]] std::string parse_segment_name(std::string_view text, std::string& out);
/// The number of ticks on the tape, a power of two.
[[nodiscard]] std::string parse_tape(std::string_view text, std::uint32_t& out);

// The parsers read back exactly what these write.
[[nodiscard]] std::string show_symbols(const Symbols& value);
[[nodiscard]] std::string show_candles(const std::vector<CandleSeries>& value);
[[nodiscard]] std::string show_mode(std::uint32_t value);

}  // namespace tickcache::daemon
