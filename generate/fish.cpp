#include <fmt/format.h>

#include "generate/program.hpp"

namespace tickcache::generate {
namespace {

/// How fish makes what an option or a word may be.
std::string values_of(const Program& program, Kind kind, const std::string& words) {
  switch (kind) {
    case Kind::words:
      return quoted(words);
    case Kind::segment:
    case Kind::symbol:
    case Kind::interval:
      return fmt::format("'(__{}_{}s)'", program.name, name_of(kind));
    case Kind::command:
      return quoted(program.command_names());
    default:
      return {};
  }
}

std::string line_of(const Program& program, const Option& option) {
  std::string line = fmt::format("complete -c {}", program.name);
  if (!option.commands.empty()) {
    line += " -n '__fish_seen_subcommand_from";
    for (const std::string& command : option.commands) line += " " + command;
    line += "'";
  }
  line += " -l " + option.name;
  if (option.letter != 0) line.append(" -s ").append(1, option.letter);
  if (option.kind == Kind::file) {
    line += " -r -F";
  } else if (option.kind != Kind::none && option.kind != Kind::maybe) {
    line += " -x";
    const std::string values = values_of(program, option.kind, option.words);
    if (!values.empty()) line += " -a " + values;
  }
  return line + " -d " + quoted(option.help) + "\n";
}

std::string lines_of(const Program& program, const Command& command) {
  std::string lines = fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d {}\n",
                                  program.name, command.name, quoted(command.help));
  for (const Kind kind : command.kinds) {
    lines += fmt::format("complete -c {} -n '__fish_seen_subcommand_from {}' -a {}\n", program.name,
                         command.name, values_of(program, kind, command.words));
  }
  return lines;
}

}  // namespace

Blanks fish(const Program& program) {
  std::string lines;
  for (const Command& command : program.commands) lines += lines_of(program, command);
  for (const Option& option : program.options) lines += line_of(program, option);
  lines.pop_back();  // the last line's end is the skeleton's
  return {{"LINES", lines}};
}

}  // namespace tickcache::generate
