// Text from outside, made safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "options/text.hpp"

namespace tickcache::cli {

using options::display_width;
using options::lower_case;
using options::upper_case;
using options::wrapped;

/// Valid UTF-8, with control characters written as \n, \x1b …: whatever the exchange or a command
/// line sends, it cannot steer the terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// The first `columns` characters of valid UTF-8.
[[nodiscard]] std::string_view clip(std::string_view text, std::size_t columns) noexcept;

}  // namespace tickcache::cli
