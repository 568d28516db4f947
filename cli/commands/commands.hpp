// The commands, and their table: dispatch and --help are derived from it.
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
  /// The arguments, as shown by --help: "[…]" is optional, "…" repeats, "|" separates alternatives.
  /// SYMBOL, INTERVAL and COMMAND are placeholders; other words are literal.
  std::string_view words;
  std::string_view summary;
  std::string_view description;
  std::vector<std::string_view> own_options;  ///< in addition to the common ones
  options::Entries examples;
  /// Writes to `out`; the caller flushes it. Throws SegmentError, UsageError, std::system_error.
  ExitCode (*run)(const Arguments& arguments, Output& out);

  [[nodiscard]] std::size_t min_words() const;
  [[nodiscard]] std::size_t max_words() const;
  /// Whether `option` is one of own_options.
  [[nodiscard]] bool takes(std::string_view option) const;
  /// The command's own options, then the common ones.
  [[nodiscard]] options::Options options() const;
  /// "get SYMBOL…"
  [[nodiscard]] std::string synopsis() const;
};

/// The options that every command takes.
[[nodiscard]] options::Options common_options();

/// All commands, in the order of --help.
[[nodiscard]] const std::vector<CommandSpec>& command_table();

/// The command with exactly that name, or null.
[[nodiscard]] const CommandSpec* find_command(std::string_view name);

/// The command with that name. Throws UsageError, which suggests the nearest name.
[[nodiscard]] const CommandSpec& command_named(std::string_view name);

// The entries of the table, each in a file of its own. Those that read data open the segment given
// by the arguments.

ExitCode run_get(const Arguments& arguments, Output& out);
ExitCode run_list(const Arguments& arguments, Output& out);
ExitCode run_orders(const Arguments& arguments, Output& out);
ExitCode run_portfolio(const Arguments& arguments, Output& out);
ExitCode run_candles(const Arguments& arguments, Output& out);
ExitCode run_stream(const Arguments& arguments, Output& out);
ExitCode run_status(const Arguments& arguments, Output& out);
ExitCode run_segments(const Arguments& arguments, Output& out);
ExitCode run_wait(const Arguments& arguments, Output& out);
ExitCode run_doctor(const Arguments& arguments, Output& out);
ExitCode run_metrics(const Arguments& arguments, Output& out);
ExitCode run_export(const Arguments& arguments, Output& out);
ExitCode run_watch(const Arguments& arguments, Output& out);
ExitCode run_help(const Arguments& arguments, Output& out);
ExitCode run_version(const Arguments& arguments, Output& out);

}  // namespace tickcache::cli
