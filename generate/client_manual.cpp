#include <fmt/format.h>

#include "cli/help.hpp"
#include "cli/option_table.hpp"
#include "generate/manual.hpp"

namespace tickcache::generate {
namespace {

std::string option_entry(const cli::OptionSpec& option) {
  std::string entry = "*";
  if (option.letter != 0) entry += fmt::format("-{}*, *", option.letter);
  entry += fmt::format("--{}*", option.name);
  if (!option.argument.empty()) entry += fmt::format(" _{}_", option.argument);
  std::string help(option.help);
  if (!option.environment.empty()) help += fmt::format("; environment: {}", option.environment);
  return fmt::format("{}\n\t{}.\n\n", entry, literal(help));
}

std::string command_entry(const cli::CommandSpec& command) {
  // In a heading nothing is escaped.
  std::string entry =
      fmt::format("## tickcache {}\n\n{}\n\n", command.synopsis(), literal(command.description));
  for (const std::string_view option : command.options)
    entry += option_entry(*cli::find_option(option));
  for (const auto& [example, meaning] : command.examples) {
    entry += fmt::format("\t{}\n\t\t{}\n\n", literal(example), literal(meaning));
  }
  return entry;
}

}  // namespace

std::string literal(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '*' || c == '_') result += '\\';
    result += c;
  }
  return result;
}

Blanks client_manual() {
  Blanks blanks;
  for (const cli::CommandSpec& command : cli::command_table())
    blanks["COMMANDS"] += command_entry(command);
  for (const cli::OptionSpec& option : cli::option_table()) {
    if (option.global) blanks["OPTIONS"] += option_entry(option);
  }
  for (const auto& [code, meaning] : cli::exit_meanings())
    blanks["EXIT_STATUS"] +=
        fmt::format("*{}*\n\t{}\n\n", static_cast<int>(code), literal(meaning));
  return blanks;
}

}  // namespace tickcache::generate
