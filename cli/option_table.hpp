// Every option of the command line, once: parsing and --help derive from this table.
#pragma once

#include <string_view>
#include <vector>

#include "cli/arguments.hpp"

namespace tickcache::cli {

struct OptionSpec {
  std::string_view name;
  char letter;                   ///< 0: none
  std::string_view argument;     ///< as --help calls it; empty: it takes none
  std::string_view environment;  ///< the variable that stands for it; empty: none
  std::string_view help;
  bool global;  ///< every command takes it
  /// Stores `value`; throws UsageError with what is wrong with it, without the option's name.
  void (*apply)(std::string_view value, Arguments& arguments);
  /// The words that it takes, with blanks between; empty: other values.
  std::string_view values{};
};

[[nodiscard]] const std::vector<OptionSpec>& option_table();

/// The option of exactly that name, or null.
[[nodiscard]] const OptionSpec* find_option(std::string_view name);

}  // namespace tickcache::cli
