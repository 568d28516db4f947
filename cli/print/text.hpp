// Text that is safe to print; numbers and durations for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "encode/untrusted.hpp"
#include "options/text.hpp"

namespace tickcache::cli {

using encode::printable;
using options::character_width;
using options::display_width;
using options::lower_case;
using options::upper_case;
using options::wrapped;

/// The first characters of valid UTF-8 that fit into `columns`.
[[nodiscard]] std::string_view clip(std::string_view text, std::size_t columns) noexcept;

/// "0.2 s", "41 s", "3 min", "5 h", "4 days"; rounded down, at least 0.
[[nodiscard]] std::string age_text(std::int64_t ns);

/// As age_text(), but in milliseconds below a second: "12 ms".
[[nodiscard]] std::string lag_text(std::int64_t ns);

/// "12,345"
[[nodiscard]] std::string grouped(std::uint64_t number);

/// "1 message", "12,345 messages"
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view noun);

/// "512 bytes", "11.9 MB", "24.0 GB"; rounded down.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace tickcache::cli
