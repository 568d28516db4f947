// What each program that serves does first, and how it prints what was asked for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "options/help.hpp"

namespace tickcache::options {

/// The texts of a program.
struct Texts {
  const char* name;
  const char* default_file;
  const char* example;  ///< an option, for who forgets its dashes
  const char* introduction;
  const char* failure;  ///< the meaning of exit code 1
  const char* examples;
  Entries more_exit_codes{};  ///< between 1 and 78
};

// The outputs of --version and --help, with the last line end.
[[nodiscard]] std::string version_text(const Texts& texts);
[[nodiscard]] std::string help_text(const Texts& texts, const Options& table);
[[nodiscard]] Entries exit_codes(const Texts& texts);

/// The sources of options, by precedence: command line, environment, file, default. A value from a
/// higher source replaces those below; lists are not merged.
struct Inputs {
  std::vector<std::string> arguments;  ///< without the program's name
  /// Returns the value of an environment variable; nothing if it is not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::string default_file;  ///< read unless --config names another; need not exist
};

/// Those of this process.
[[nodiscard]] Inputs process_inputs(const Texts& texts, int argc, const char* const* argv);

template <class Config>
struct Loaded {
  std::optional<Config> config;  ///< set if and only if there are no errors
  /// All errors, one line each: the input, the option, its value, what is wrong and the accepted
  /// syntax. Values that a higher input replaces are not checked. No line contains a secret.
  std::vector<std::string> errors;
  std::vector<std::string> warnings;  ///< likewise
};

/// Clients' and the exchange's keys must not get into a core file. A limit of one byte keeps the
/// kernel from writing one, and, unlike a limit of none, from piping it to a program; where it may
/// not be raised to one, it is none.
void forbid_core_files();

/// Opens /dev/null for closed standard streams: otherwise a file or socket opened later could take
/// descriptor 2, and the log would go into it.
void hold_standard_streams();

/// Writes `text` to standard output. If it cannot, says so in the name of `program`, and returns
/// false.
[[nodiscard]] bool print(const char* program, const std::string& text);

}  // namespace tickcache::options
