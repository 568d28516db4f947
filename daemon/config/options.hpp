// From command line, environment and file to a Config.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// Where options come from, highest first: command line, environment, file, default. What is
/// given higher up replaces what is below it, lists too.
struct Inputs {
  std::vector<std::string> arguments;  ///< without the program's name
  /// The value of an environment variable; nothing if it is not set.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  /// Called for AGENTEXCHANGE_API_KEY after it was read, so that the key leaves the environment.
  std::function<void(const std::string& name)> forget;
  /// Read if it exists, unless the command line names another with --config.
  std::string default_file = "/etc/tickcache/tickcached.conf";
};

/// The inputs of this process. Its `forget` wipes the variable's bytes and unsets it; call it
/// (through load) while there is one thread.
[[nodiscard]] Inputs process_inputs(int argc, const char* const* argv);

struct Loaded {
  std::optional<Config> config;  ///< set exactly if there are no errors
  /// One line each: the input, the option, its value, what is wrong and what would be right. All
  /// there are, except in values that a higher input replaces. No line holds an API key.
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
};

/// Reads everything, for the first time. With --help or --version the rest of the command line
/// must be right, and nothing else is read: there is no key then.
[[nodiscard]] Loaded load(const Inputs& inputs);

/// Reads everything again (SIGHUP). A key that `running` took from the environment, where it no
/// longer is, is kept unless a file or credential holds one now. On errors `running` stays in
/// force. changed_restart_only() tells what of the result cannot apply yet.
[[nodiscard]] Loaded reload(const Inputs& inputs, const Config& running);

/// What --version and --help print, with the line end.
[[nodiscard]] std::string version_text();
[[nodiscard]] std::string help_text();

/// What the hidden commands print: `__complete WORD…` for the shells' completion, and `__manual
/// PAGE` for the build of the manual pages. Nothing if `arguments` are neither.
[[nodiscard]] std::optional<std::string> hidden_text(const std::vector<std::string>& arguments);

}  // namespace tickcache::daemon
