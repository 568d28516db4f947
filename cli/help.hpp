// What --help prints, made from the tables of commands and options.
#pragma once

#include <span>
#include <string>

#include "cli/command_table.hpp"

namespace tickcache::cli {

inline constexpr std::size_t kHelpColumns = 100;

struct ExitMeaning {
  ExitCode code;
  std::string_view text;
};
[[nodiscard]] std::span<const ExitMeaning> exit_meanings() noexcept;

[[nodiscard]] std::string program_help();
[[nodiscard]] std::string command_help(const CommandSpec& command);
[[nodiscard]] std::string version_text();

}  // namespace tickcache::cli
