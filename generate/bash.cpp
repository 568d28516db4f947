#include <fmt/format.h>

#include "generate/program.hpp"

namespace tickcache::generate {
namespace {

/// "--number -n"
std::string names_of(const Option& option, const char* between) {
  std::string names = "--" + option.name;
  return option.letter == 0 ? names : names + between + "-" + option.letter;
}

std::string option_cases(const Program& program) {
  std::string cases;
  for (const Option& option : program.options) {
    if (option.kind == Kind::none) continue;
    cases += fmt::format("    {}) kind={} words={} ;;\n", names_of(option, " | "),
                         name_of(option.kind), quoted(option.words));
  }
  return cases;
}

std::string options_of(const Program& program, const std::string& command) {
  std::string names;
  for (const Option& option : program.options) {
    if (option.belongs_to(command)) names += (names.empty() ? "" : " ") + names_of(option, " ");
  }
  return names;
}

std::string command_cases(const Program& program) {
  std::string cases;
  for (const Command& command : program.commands) {
    std::string kinds;
    for (const Kind kind : command.kinds)
      kinds.append(kinds.empty() ? "" : " ").append(name_of(kind));
    cases += fmt::format("    {}) options={} kinds=({}) repeats={} words={} ;;\n", command.name,
                         quoted(options_of(program, command.name)), kinds,
                         command.repeats ? "yes" : "''", quoted(command.words));
  }
  return cases;
}

}  // namespace

Blanks bash(const Program& program) {
  return {{"OPTION_CASES", option_cases(program)},
          {"COMMAND_CASES", command_cases(program)},
          {"COMMANDS", program.command_names()},
          {"EVERYWHERE", options_of(program, {})}};
}

}  // namespace tickcache::generate
