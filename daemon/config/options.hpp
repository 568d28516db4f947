// Builds a Config from the command line, the environment and the configuration file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// The sources of options, by precedence: command line, environment, file, default. A value from a
/// higher source replaces those below; lists are not merged.
struct Inputs {
  std::vector<std::string> arguments;  ///< without the program's name
  /// Returns the value of an environment variable; nothing if it is not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  /// Called for AGENTEXCHANGE_API_KEY after reading it, to remove the key from the environment.
  std::function<void(const std::string& name)> forget;
  /// Read if it exists, unless --config names another file.
  std::string default_file = "/etc/tickcache/tickcached.conf";
};

/// The inputs of this process. Its `forget` wipes and unsets the variable; call it (through load())
/// while there is only one thread.
[[nodiscard]] Inputs process_inputs(int argc, const char* const* argv);

struct Loaded {
  std::optional<Config> config;  ///< set if and only if there are no errors
  /// All errors, one line each: the input, the option, its value, what is wrong and the accepted
  /// syntax. Values that a higher input replaces are not checked. No line contains an API key.
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Reads everything for the first time. With --help or --version it checks the command line and
/// reads nothing else, so there is no key.
[[nodiscard]] Loaded load(const Inputs& inputs);

/// Reads everything again (SIGHUP). A key that came from the environment is no longer there, so it
/// is kept from `running` unless a file or credential provides one now. On errors `running` stays
/// in force. changed_restart_only() lists the changes that cannot apply yet.
[[nodiscard]] Loaded reload(const Inputs& inputs, const Config& running);

/// The output of --version and --help, with the last line end.
[[nodiscard]] std::string version_text();
[[nodiscard]] std::string help_text();

/// The output of the hidden commands `__complete WORD…`, for shell completion, and `__manual PAGE`,
/// for building the manual pages. Nothing if `arguments` are neither.
[[nodiscard]] std::optional<std::string> hidden_text(const std::vector<std::string>& arguments);

}  // namespace tickcache::daemon
