// What is made of the tables of commands and options: help, the manual page, completions.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/commands.hpp"

namespace tickcache::cli {

[[nodiscard]] std::string program_help();
[[nodiscard]] std::string command_help(const CommandSpec& command);

/// The output of the hidden command __manual PAGE: the page with its lists filled in.
[[nodiscard]] std::string manual_page(const std::string& path);

/// The output of the hidden command __complete: completions of the last of `words`, which follow
/// the program's name: commands, options, their values, and symbols and series in the segment
/// (options/completion.hpp).
[[nodiscard]] std::string completions(const std::vector<std::string>& words);

}  // namespace tickcache::cli
