// Text from outside, made safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tickcache::cli {

/// Valid UTF-8, with control characters written as \n, \x1b …: whatever the exchange or a command
/// line sends, it cannot steer the terminal.
[[nodiscard]] std::string printable(std::string_view text);

/// Characters of valid UTF-8, one column each.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// The first `columns` characters of valid UTF-8.
[[nodiscard]] std::string_view clip(std::string_view text, std::size_t columns) noexcept;

/// `text` in lines of at most `columns`; those after the first are indented by `indent`, which is
/// also where the first begins.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns);

/// ASCII letters only, as symbols are compared.
[[nodiscard]] std::string upper_case(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace tickcache::cli
