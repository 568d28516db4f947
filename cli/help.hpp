// The output of --help and --version, and the manual page.
#pragma once

#include <string>

#include "cli/commands/command_table.hpp"

namespace tickcache::cli {

[[nodiscard]] std::string program_help();
[[nodiscard]] std::string command_help(const CommandSpec& command);
[[nodiscard]] std::string version_text();

/// The output of the hidden command __manual PAGE: the page with its lists filled in.
[[nodiscard]] std::string manual_page(const std::string& path);

}  // namespace tickcache::cli
