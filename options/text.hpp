// Text of command lines, configuration files and help.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::options {

/// ASCII letters only: the locale has no say in what a symbol or a configuration means.
[[nodiscard]] std::string upper_case(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);

/// Without blanks and tabs, and carriage returns, at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// The parts between single separators, which may be empty; none of an empty text.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator = ' ');

/// Characters of valid UTF-8, one column each.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// `text` in lines of at most `columns`; those after the first are indented by `indent`, which is
/// also where the first begins.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns);

/// `text` in quotes, fit for an error message: on one line, of bounded length, and without the
/// places where people put a key by mistake (a URL's user information and query, "ak_…").
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace tickcache::options
