#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "cli/commands/commands.hpp"
#include "cli/print/output.hpp"
#include "cli/print/text.hpp"
#include "options/command_line.hpp"

namespace tickcache::cli {
namespace {

const char* variable(std::string_view name) {
  const char* value = name.empty() ? nullptr : std::getenv(std::string(name).c_str());
  return value != nullptr && *value != '\0' ? value : nullptr;
}

/// "list, watch"
std::string takers(std::string_view option) {
  std::string names;
  for (const CommandSpec& command : command_table()) {
    if (command.takes(option)) names.append(names.empty() ? "" : ", ").append(command.name);
  }
  return names;
}

void set(const Option& option, std::string_view value, Arguments& arguments) {
  const std::string problem = option.parse(value, arguments);
  if (!problem.empty()) {
    throw UsageError(
        fmt::format("--{}: {}: {}", option.name, printable(options::quoted(value)), problem));
  }
}

/// From the environment, else the defaults.
Arguments initial_arguments() {
  Arguments arguments;
  for (const Option& option : option_table()) {
    if (const char* value = variable(option.environment)) {
      set(option, value, arguments);
    } else if (!option.initial.empty()) {
      set(option, option.initial, arguments);
    }
  }
  return arguments;
}

void apply(const options::Argument& argument, Arguments& arguments) {
  const Option& option = *options::find_named(option_table(), argument.option->name);
  if (option.group != kEveryCommand && !arguments.command->takes(option.name)) {
    throw UsageError(fmt::format("\"{}\" takes no --{}; it is an option of {}",
                                 arguments.command->name, option.name, takers(option.name)));
  }
  set(option, argument.text, arguments);
}

void check_words(const Arguments& arguments) {
  const CommandSpec& command = *arguments.command;
  const std::string form = fmt::format("it is used as \"tickcache {}\"", command.synopsis());
  if (arguments.words.size() < command.min_words())
    throw UsageError(fmt::format("\"{}\" needs more arguments; {}", command.name, form));
  if (arguments.words.size() > command.max_words()) {
    throw UsageError(fmt::format("\"{}\" is one argument too many; {}",
                                 printable(arguments.words[command.max_words()]), form));
  }
  if (arguments.price_only && arguments.json)
    throw UsageError("--price-only and --json exclude each other");
  if (command.takes("follow") && !arguments.follow && (arguments.count || arguments.timeout))
    throw UsageError("--count and --timeout say when to end --follow, which is not given");
}

/// --help and --version in place of a command, or beside one.
bool is_about_the_program(Arguments& arguments) {
  if (arguments.help) {
    arguments.words.assign(1, std::string(arguments.command->name));
    arguments.command = find_command("help");
  } else if (arguments.version) {
    arguments.command = find_command("version");
    arguments.words.clear();
  }
  return arguments.help || arguments.version;
}

}  // namespace

bool Arguments::colored(const Output& out) const noexcept {
  if (color != Color::automatic) return color == Color::always;
  if (variable("NO_COLOR") != nullptr) return false;
  return out.is_smart_terminal();
}

Arguments parse_arguments(const std::vector<std::string>& tokens) {
  const auto [given, errors, unfinished] =
      options::parse_command_line(options::options_of(option_table()), tokens);
  if (!errors.empty()) throw UsageError(printable(errors.front()));
  Arguments arguments = initial_arguments();
  for (const options::Argument& argument : given) {
    if (argument.option == nullptr) arguments.words.push_back(argument.text);
  }
  const bool named = !arguments.words.empty();
  arguments.command = named ? &command_named(arguments.words.front()) : find_command("help");
  if (named) arguments.words.erase(arguments.words.begin());
  for (const options::Argument& argument : given) {
    if (argument.option != nullptr) apply(argument, arguments);
  }
  if (is_about_the_program(arguments)) return arguments;
  if (!named) throw UsageError("no command given");
  check_words(arguments);
  return arguments;
}

}  // namespace tickcache::cli
