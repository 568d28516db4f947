// The values that only tickcached's options have, from their text and back (options/setting.hpp has
// the others).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

// Each parser sets `out` and returns an empty text, or leaves `out` alone and says what is wrong
// and what would be right.

/// Octal permissions of a file that only its owner may write to.
[[nodiscard]] std::string parse_mode(std::string_view text, std::uint32_t& out);
/// "all", "none" or a comma-separated list; symbols come out in upper case, each once.
[[nodiscard]] std::string parse_symbols(std::string_view text, Symbols& out);
/// "none", nothing, or a comma-separated list of SYMBOL:INTERVAL.
[[nodiscard]] std::string parse_candles(std::string_view text, std::vector<CandleSeries>& out);
[[nodiscard]] std::string parse_segment_name(std::string_view text, std::string& out);
/// The number of ticks on the tape, a power of two.
[[nodiscard]] std::string parse_tape(std::string_view text, std::uint32_t& out);

// What the parsers read back as the same value.
[[nodiscard]] std::string show_symbols(const Symbols& value);
[[nodiscard]] std::string show_candles(const std::vector<CandleSeries>& value);
[[nodiscard]] std::string show_mode(std::uint32_t value);

}  // namespace tickcache::daemon
