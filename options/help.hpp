// Lists for --help and, as scdoc's source, for the manual pages.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "options/option.hpp"

namespace tickcache::options {

inline constexpr std::size_t kHelpColumns = 100;

/// What an option, a command or an exit code means.
struct Entry {
  std::string term;
  std::string meaning;
};
using Entries = std::vector<Entry>;

/// In two columns, the first as wide as its widest term, at least `width`.
[[nodiscard]] std::string help_list(const Entries& entries, std::size_t width = 0);
[[nodiscard]] std::string manual_list(const Entries& entries);

enum class Place : std::uint8_t { command_line, file };

/// The options with their defaults, variables and whether they need a restart.
[[nodiscard]] Entries entries_of(const Options& options, Place place = Place::command_line);

/// The same under the headings of their groups.
[[nodiscard]] std::string help_groups(const Options& options);
[[nodiscard]] std::string manual_groups(const Options& options, Place place);

/// `text` as scdoc prints it to the letter.
[[nodiscard]] std::string literal(std::string_view text);

inline constexpr std::string_view kManualCommand = "__manual";

/// The manual page in that file, with the text of `lists` in place of lines such as "@OPTIONS@".
/// Throws std::runtime_error if it cannot be read, std::out_of_range if a list is missing.
[[nodiscard]] std::string filled_page(const std::string& path,
                                      const std::map<std::string, std::string>& lists);

}  // namespace tickcache::options
