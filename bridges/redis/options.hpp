// Builds a Config from the command line, the environment and the configuration file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridges/redis/config.hpp"

namespace tickcache::redis {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitConfiguration = 78;

struct Loaded {
  std::optional<Config> config;     ///< set if and only if there are no errors
  std::vector<std::string> errors;  ///< one line each, without the password
};

/// The command line comes before the environment, then the file: `default_file` unless --config
/// names another.
[[nodiscard]] Loaded load(
    const std::vector<std::string>& arguments,
    const std::function<std::optional<std::string>(const std::string&)>& variable,
    const std::string& default_file = "/etc/tickcache/redis.conf");

/// The output of --version, --help and --check-config, with the last line end.
[[nodiscard]] std::string version_text();
[[nodiscard]] std::string help_text();
[[nodiscard]] std::string describe(const Config& config);

/// The output of the hidden commands for completion and the manual page; nothing if `arguments` are
/// neither.
[[nodiscard]] std::optional<std::string> hidden_text(const std::vector<std::string>& arguments);

}  // namespace tickcache::redis
