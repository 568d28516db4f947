// Makes untrusted text safe to print.
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

/// Valid UTF-8, with control characters escaped as \n, \x1b …: text from the exchange or the
/// command line must not control the terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// The first `columns` characters of valid UTF-8.
[[nodiscard]] std::string_view clip(std::string_view text, std::size_t columns) noexcept;

}  // namespace tickcache::cli
