// Every command, once: dispatch and --help derive from this table.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/exit_code.hpp"
#include "cli/output.hpp"

namespace tickcache::cli {

struct Example {
  std::string_view command;
  std::string_view meaning;
};

struct CommandSpec {
  static constexpr std::size_t kAnyNumber = static_cast<std::size_t>(-1);

  std::string_view name;
  std::string_view words;  ///< its arguments, as --help calls them
  std::size_t min_words;
  std::size_t max_words;
  std::string_view summary;
  std::string_view description;
  std::vector<std::string_view> options;  ///< besides the global ones
  std::vector<Example> examples;
  /// Writes to `out`; the caller flushes it. Throws SegmentError, UsageError, std::system_error.
  ExitCode (*run)(const Arguments& arguments, Output& out);

  [[nodiscard]] bool takes(std::string_view option) const;
  /// "get SYMBOL…"
  [[nodiscard]] std::string synopsis() const;
};

/// In the order of --help.
[[nodiscard]] const std::vector<CommandSpec>& command_table();

/// The command of exactly that name, or null.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);

/// The command of that name. Throws UsageError, with the nearest name.
[[nodiscard]] const CommandSpec& command_named(std::string_view name);

}  // namespace tickcache::cli
