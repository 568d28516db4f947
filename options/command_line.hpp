// Parses a command line into options and words.
#pragma once

#include <string>
#include <vector>

#include "options/option.hpp"

namespace tickcache::options {

struct Argument {
  const Option* option;  ///< null for a word
  std::string text;      ///< the option's value, or the word
  std::size_t place;     ///< index among the arguments, from 1
};

struct CommandLine {
  std::vector<Argument> arguments;  ///< in order; an option may occur repeatedly
  std::vector<std::string> errors;  ///< unknown options, missing and unexpected values
  /// The last option, if its value is still missing; else null.
  const Option* unfinished = nullptr;
};

/// Parses `arguments`, without the program's name. Values are given as --number=5, --number 5, -n5
/// or -n 5. A value that begins with '-' needs the first or third form, and so does an optional
/// true or false. After "--", everything is a word. Names cannot be abbreviated: a new option could
/// change the meaning of an abbreviation.
[[nodiscard]] CommandLine parse_command_line(const Options& options,
                                             const std::vector<std::string>& arguments);

}  // namespace tickcache::options
