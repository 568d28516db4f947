// Text functions for command lines, configuration files and help.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::options {

/// ASCII letters only: symbols and configuration must not depend on the locale.
[[nodiscard]] std::string upper_case(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);

/// `text` without leading and trailing blanks, tabs and carriage returns.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// The parts between separators, which may be empty. An empty text has no parts.
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator = ' ');

/// With commas between them.
[[nodiscard]] std::string joined(const std::vector<std::string>& items);

/// The number that the whole text is, in decimal; nothing if it is none, or out of range.
template <class T>
[[nodiscard]] std::optional<T> number(std::string_view text) noexcept {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

/// The columns that a terminal gives a character: 2 for those of East Asia and emoji, 0 for
/// combining marks, else 1. Independent of the locale.
[[nodiscard]] std::size_t character_width(char32_t character) noexcept;

/// Columns of valid UTF-8.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

/// `text` wrapped at `columns`. Lines after the first are indented by `indent`; the first is
/// assumed to begin there.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns);

/// `text` in quotes for an error message: on one line, of bounded length, and without the parts
/// where users may have put a key by mistake (a URL's user information and query, "ak_…").
[[nodiscard]] std::string quoted(std::string_view text);

/// The name nearest to `wrong`, ignoring case. Empty if none is within `max_edits` edits.
[[nodiscard]] std::string_view nearest(std::string_view wrong,
                                       const std::vector<std::string_view>& names,
                                       std::size_t max_edits = 2);

/// `; did you mean "get"?`, or an empty string.
[[nodiscard]] std::string suggestion(std::string_view wrong,
                                     const std::vector<std::string_view>& names,
                                     std::size_t max_edits = 2);

}  // namespace tickcache::options
