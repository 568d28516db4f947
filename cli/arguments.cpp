#include "cli/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdlib>

#include "cli/command_table.hpp"
#include "cli/option_table.hpp"
#include "cli/output.hpp"
#include "cli/suggestion.hpp"
#include "cli/text.hpp"

namespace tickcache::cli {
namespace {

namespace po = boost::program_options;

/// All options, because they may stand before the command that takes them.
po::options_description all_options() {
  po::options_description all;
  for (const OptionSpec& option : option_table()) {
    std::string names(option.name);
    if (option.letter != 0) names.append(",").append(1, option.letter);
    if (option.argument.empty()) {
      all.add_options()(names.c_str(), "");
    } else {
      all.add_options()(names.c_str(), po::value<std::string>(), "");
    }
  }
  return all;
}

[[noreturn]] void throw_unknown(const std::string& option) {
  std::vector<std::string_view> names;
  for (const OptionSpec& known : option_table()) names.push_back(known.name);
  const std::string bare = option.substr(std::min(option.find_first_not_of('-'), option.size()));
  const std::string_view near = nearest(bare, names);
  throw UsageError(fmt::format("unknown option \"{}\"{}", printable(option),
                               near.empty() ? "" : fmt::format("; did you mean \"--{}\"?", near)));
}

std::vector<po::option> tokenize(const std::vector<std::string>& tokens) {
  namespace style = po::command_line_style;
  const po::options_description all = all_options();
  try {
    return po::command_line_parser(tokens)
        .options(all)
        .style(style::unix_style & ~style::allow_guessing)
        .run()
        .options;
  } catch (const po::unknown_option& error) {
    throw_unknown(error.get_option_name());
  } catch (const po::error& error) {
    throw UsageError(printable(error.what()));
  }
}

/// "list, watch"
std::string takers(std::string_view option) {
  std::string names;
  for (const CommandSpec& command : command_table()) {
    if (command.takes(option)) names.append(names.empty() ? "" : ", ").append(command.name);
  }
  return names;
}

void apply(const OptionSpec& option, const po::option& given, Arguments& arguments) {
  if (!option.global && !arguments.command->takes(option.name)) {
    throw UsageError(fmt::format("\"{}\" takes no --{}; it is an option of {}",
                                 arguments.command->name, option.name, takers(option.name)));
  }
  try {
    option.apply(given.value.empty() ? std::string_view() : given.value.front(), arguments);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("--{}: {}", option.name, error.what()));
  }
}

void check_words(const Arguments& arguments) {
  const CommandSpec& command = *arguments.command;
  const std::string form = fmt::format("it is used as \"tickcache {}\"", command.synopsis());
  if (arguments.words.size() < command.min_words)
    throw UsageError(fmt::format("\"{}\" needs more arguments; {}", command.name, form));
  if (arguments.words.size() > command.max_words) {
    throw UsageError(fmt::format("\"{}\" is one argument too many; {}",
                                 printable(arguments.words[command.max_words]), form));
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

std::string Arguments::segment_name() const {
  const char* environment = std::getenv("TICKCACHE_SEGMENT");
  if (!segment.empty()) return segment;
  return environment != nullptr && *environment != '\0' ? environment : "tickcache";
}

bool Arguments::colored(const Output& out) const noexcept {
  if (color != Color::automatic) return color == Color::always;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  return out.is_smart_terminal();
}

Arguments parse_arguments(const std::vector<std::string>& tokens) {
  const std::vector<po::option> given = tokenize(tokens);
  Arguments arguments;
  for (const po::option& token : given) {
    if (!token.string_key.empty()) continue;
    arguments.words.insert(arguments.words.end(), token.value.begin(), token.value.end());
  }
  const bool named = !arguments.words.empty();
  if (!named) {
    arguments.command = find_command("help");
  } else {
    arguments.command = &command_named(arguments.words.front());
    arguments.words.erase(arguments.words.begin());
  }
  for (const po::option& token : given) {
    if (!token.string_key.empty()) apply(*find_option(token.string_key), token, arguments);
  }
  if (is_about_the_program(arguments)) return arguments;
  if (!named) throw UsageError("no command given");
  check_words(arguments);
  return arguments;
}

}  // namespace tickcache::cli
