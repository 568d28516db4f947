// Lists for --help and, in scdoc's syntax, for the manual pages.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "options/option.hpp"

namespace tickcache::options {

inline constexpr std::size_t kHelpColumns = 100;

/// An option, a command, an exit code or a possible completion, and its meaning.
struct Entry {
  std::string term;
  std::string meaning{};
};
using Entries = std::vector<Entry>;

/// Two columns, the first as wide as the longest term and at least `width`.
[[nodiscard]] std::string help_list(const Entries& entries, std::size_t width = 0);
[[nodiscard]] std::string manual_list(const Entries& entries);

enum class Place : std::uint8_t { command_line, file };

/// The options, with their defaults and environment variables, and whether they need a restart.
[[nodiscard]] Entries entries_of(const Options& options, Place place = Place::command_line);

/// The same, under group headings.
[[nodiscard]] std::string help_groups(const Options& options);
[[nodiscard]] std::string manual_groups(const Options& options, Place place);

/// `text`, escaped so that scdoc prints it literally.
[[nodiscard]] std::string literal(std::string_view text);

inline constexpr std::string_view kManualCommand = "__manual";

/// The manual page at `path`, with lines such as "@OPTIONS@" replaced by the text in `lists`.
/// Throws std::runtime_error if the file cannot be read, std::out_of_range if a list is missing.
[[nodiscard]] std::string filled_page(const std::string& path,
                                      const std::map<std::string, std::string>& lists);

}  // namespace tickcache::options
