// Builds a Config from the command line, the environment and the configuration file.
#pragma once

#include <functional>
#include <string>

#include "daemon/config/config.hpp"
#include "options/program.hpp"

namespace tickcache::daemon {

struct Inputs : options::Inputs {
  /// Called for AGENTEXCHANGE_API_KEY after reading it, to remove the key from the environment.
  std::function<void(const std::string& name)> forget;
};

/// The inputs of this process. Its `forget` wipes and unsets the variable; call it (through load())
/// while there is only one thread.
[[nodiscard]] Inputs process_inputs(int argc, const char* const* argv);

using Loaded = options::Loaded<Config>;

/// Reads everything for the first time. With --help or --version it checks the command line and
/// reads nothing else, so there is no key.
[[nodiscard]] Loaded load(const Inputs& inputs);

/// Reads everything again (SIGHUP). A key that came from the environment is no longer there, so it
/// is kept from `running` unless a file or credential provides one now. On errors `running` stays
/// in force. changed_restart_only() lists the changes that cannot apply yet.
[[nodiscard]] Loaded reload(const Inputs& inputs, const Config& running);

[[nodiscard]] const options::Texts& texts();

}  // namespace tickcache::daemon
