#include <fmt/format.h>

#include <cctype>
#include <sstream>
#include <stdexcept>

#include "daemon/config/option_table.hpp"
#include "daemon/config/options.hpp"
#include "generate/manual.hpp"

namespace tickcache::generate {
namespace {

std::string default_of(const daemon::Option& option) {
  return option.default_text.empty() ? "Default: none."
                                     : fmt::format("Default: {}.", literal(option.default_text));
}

/// What --help says, the variable, the default, and when a change counts.
std::string explanation(const daemon::Option& option) {
  std::string text = "\t" + literal(option.help);
  if (!option.environment.empty())
    text += fmt::format(" Environment: *{}*.", literal(option.environment));
  if (option.in_file) text += " " + default_of(option);
  if (option.reload == daemon::Reload::needs_restart) text += " A change needs a restart.";
  return text + "\n\n";
}

std::string on_command_line(const daemon::Option& option) {
  const std::string argument(option.argument);
  const std::string value =
      option.is_bool() ? literal(argument) : fmt::format("=_{}_", literal(argument));
  return fmt::format("*--{}*{}\n{}", literal(option.name), value, explanation(option));
}

std::string in_file(const daemon::Option& option) {
  const std::string argument = option.is_bool() ? "BOOL" : std::string(option.argument);
  return fmt::format("*{}* = _{}_\n{}", literal(option.name), literal(argument),
                     explanation(option));
}

/// Lines such as "  77  the exchange rejected the API key" under "Exit codes:".
std::string exit_status() {
  std::istringstream help(daemon::help_text());
  std::string result;
  bool inside = false;
  for (std::string line; std::getline(help, line);) {
    if (line == "Exit codes:") {
      inside = true;
    } else if (inside && line.empty()) {
      break;
    } else if (inside) {
      std::istringstream words(line);
      std::string code;
      words >> code >> std::ws;
      std::getline(words, line);
      result += fmt::format("*{}*\n\t{}\n\n", code, literal(line));
    }
  }
  if (result.empty()) throw std::runtime_error("tickcached --help names no exit codes");
  return result;
}

}  // namespace

Blanks daemon_manual() {
  Blanks blanks{{"EXIT_STATUS", exit_status()}};
  auto group = daemon::OptionGroup::general;
  for (const daemon::Option& option : daemon::option_table()) {
    if (option.group != group) {
      const std::string heading = fmt::format("## {}\n\n", daemon::heading(option.group));
      blanks["OPTIONS"] += heading;
      if (option.in_file) blanks["FILE_OPTIONS"] += heading;
      group = option.group;
    }
    blanks["OPTIONS"] += on_command_line(option);
    if (option.in_file) blanks["FILE_OPTIONS"] += in_file(option);
  }
  return blanks;
}

}  // namespace tickcache::generate
