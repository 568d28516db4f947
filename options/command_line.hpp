// A command line, split into options and other words.
#pragma once

#include <string>
#include <vector>

#include "options/option.hpp"

namespace tickcache::options {

struct Argument {
  const Option* option;  ///< null: a word that is no option
  std::string text;      ///< the option's value, or the word
  std::size_t place;     ///< of the word among the arguments, from 1
};

struct CommandLine {
  std::vector<Argument> arguments;  ///< in their order; an option may occur repeatedly
  std::vector<std::string> errors;  ///< all there are: unknown options, values missing or unwanted
  /// The option at the end that still needs its value; null: none.
  const Option* unfinished = nullptr;
};

/// `arguments` are without the program's name. Values follow their option as in --number=5,
/// --number 5, -n5 and -n 5; one that begins with '-' needs the first or third form, and so does
/// an optional one of true or false that would otherwise be a word. After "--" all are words.
/// Names are not abbreviated: each new option would change what an abbreviation means.
[[nodiscard]] CommandLine parse_command_line(const Options& options,
                                             const std::vector<std::string>& arguments);

}  // namespace tickcache::options
