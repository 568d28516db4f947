#include <fmt/format.h>

#include "generate/program.hpp"

namespace tickcache::generate {
namespace {

/// For the text between brackets of an _arguments specification.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

/// ":symbol:_tickcache_symbols": a name, and what makes the values.
std::string action(const Program& program, Kind kind, const std::string& words) {
  switch (kind) {
    case Kind::words:
      return fmt::format(":{}:({})", name_of(kind), words);
    case Kind::maybe:
      return ":boolean:(true false)";
    case Kind::file:
      return ":file:_files";
    case Kind::segment:
    case Kind::symbol:
    case Kind::interval:
    case Kind::command:
      return fmt::format(":{0}:_{1}_{0}s", name_of(kind), program.name);
    default:
      return ":value: ";
  }
}

/// One for each of the option's names.
std::string specifications(const Program& program, const Option& option) {
  const std::string help = fmt::format("[{}]", escaped(option.help));
  std::string sign;
  std::string value;
  if (option.kind != Kind::none) {
    // "=": the value is the next word or behind an equals sign; "=-": behind that only.
    sign = option.kind == Kind::maybe ? "=-" : "=";
    value = option.kind == Kind::maybe ? ":" : "";
    value += action(program, option.kind, option.words);
  }
  std::string lines =
      "    " + quoted(fmt::format("--{}{}{}{}", option.name, sign, help, value)) + "\n";
  if (option.letter != 0) {
    const char* plus = option.kind == Kind::none ? "" : "+";
    lines += "    " + quoted(fmt::format("-{}{}{}{}", option.letter, plus, help, value)) + "\n";
  }
  return lines;
}

std::string options_for(const Program& program, const std::string& command) {
  std::string lines;
  for (const Option& option : program.options) {
    if (option.belongs_to(command)) lines += specifications(program, option);
  }
  return lines;
}

std::string words_of(const Program& program, const Command& command) {
  std::string lines;
  for (std::size_t i = 0; i < command.kinds.size(); ++i) {
    const std::string what = action(program, command.kinds[i], command.words);
    const bool repeated = command.repeats && i + 1 == command.kinds.size();
    lines += "    " + quoted((repeated ? "*" : std::to_string(i + 1)) + what) + "\n";
  }
  return lines;
}

}  // namespace

Blanks zsh(const Program& program) {
  std::string described;
  std::string cases;
  for (const Command& command : program.commands) {
    described += "    " + quoted(command.name + ":" + command.help) + "\n";
    cases += fmt::format("      {})\n        own=(\n{}{}        )\n        ;;\n", command.name,
                         options_for(program, command.name), words_of(program, command));
  }
  return {{"COMMANDS", described}, {"EVERYWHERE", options_for(program, {})}, {"CASES", cases}};
}

}  // namespace tickcache::generate
