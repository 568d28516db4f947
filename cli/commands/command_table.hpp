// Every command, once: dispatch and --help derive from this table.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/exit_code.hpp"
#include "cli/print/output.hpp"
#include "options/help.hpp"

namespace tickcache::cli {

struct CommandSpec {
  std::string_view name;
  /// Its arguments, as --help calls them: "[…]" may be left out, "…" repeats, and "|" separates
  /// alternatives. SYMBOL, INTERVAL and COMMAND stand for values, other words for themselves.
  std::string_view words;
  std::string_view summary;
  std::string_view description;
  std::vector<std::string_view> own_options;  ///< besides those of every command
  options::Entries examples;
  /// Writes to `out`; the caller flushes it. Throws SegmentError, UsageError, std::system_error.
  ExitCode (*run)(const Arguments& arguments, Output& out);

  [[nodiscard]] std::size_t min_words() const;
  [[nodiscard]] std::size_t max_words() const;
  /// Whether it is one of its own options.
  [[nodiscard]] bool takes(std::string_view option) const;
  /// Its own, then those of every command.
  [[nodiscard]] options::Options options() const;
  /// "get SYMBOL…"
  [[nodiscard]] std::string synopsis() const;
};

/// The options that every command takes.
[[nodiscard]] options::Options common_options();

/// In the order of --help.
[[nodiscard]] const std::vector<CommandSpec>& command_table();

/// The command of exactly that name, or null.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);

/// The command of that name. Throws UsageError, with the nearest name.
[[nodiscard]] const CommandSpec& command_named(std::string_view name);

}  // namespace tickcache::cli
