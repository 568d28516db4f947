#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/option_table.hpp"
#include "cli/text.hpp"

namespace tickcache::cli {
namespace {

constexpr std::string_view kExitCodes = R"(
Exit codes (of several symbols, the greatest):
  0  done, and live where that was asked for
  1  another error
  2  the command line is wrong
  3  unknown symbol: never seen
  4  not live: the value may be old
  5  no segment: tickcached was never started, or under another segment name
  6  timeout
)";

/// `text` in lines of at most kHelpColumns; those after the first are indented by `indent`.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const std::size_t width = display_width(word);
    if (column > indent && column + 1 + width > kHelpColumns) {
      result.append("\n").append(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += width;
  }
  return result;
}

/// Two columns: what, and its meaning.
std::string entry(std::string_view what, std::size_t width, std::string_view meaning) {
  std::string line = "  " + std::string(what);
  line.append(width - std::min(width, display_width(what)) + 2, ' ');
  return line + wrapped(meaning, width + 4) + "\n";
}

std::string option_name(const OptionSpec& option) {
  const std::string letter = option.letter == 0 ? "    " : fmt::format("-{}, ", option.letter);
  return fmt::format("{}--{}{}{}", letter, option.name, option.argument.empty() ? "" : " ",
                     option.argument);
}

template <class Wanted>
std::string options(std::string_view title, Wanted wanted) {
  constexpr std::size_t kWidth = 23;
  std::string text;
  for (const OptionSpec& option : option_table()) {
    if (!wanted(option)) continue;
    std::string help(option.help);
    if (!option.environment.empty()) help += fmt::format("; environment: {}", option.environment);
    text += entry(option_name(option), kWidth, help);
  }
  return text.empty() ? text : fmt::format("\n{}:\n{}", title, text);
}

std::string global_options(std::string_view title) {
  return options(title, [](const OptionSpec& option) { return option.global; });
}

std::string examples(const std::vector<Example>& list) {
  std::size_t width = 0;
  for (const Example& example : list) width = std::max(width, display_width(example.command));
  std::string text = "\nExamples:\n";
  for (const Example& example : list) text += entry(example.command, width, example.meaning);
  return text;
}

}  // namespace

std::string program_help() {
  std::string text =
      "Usage: tickcache COMMAND [ARGUMENT…] [OPTION…]\n\n"
      "Reads the latest prices, orders, candles and portfolio that tickcached keeps in shared "
      "memory,\nand says whether they can be trusted.\n\nCommands:\n";
  for (const CommandSpec& command : command_table())
    text += entry(command.synopsis(), 23, command.summary);
  text += global_options("Options of every command, before or after it");
  text += kExitCodes;
  text += examples({{"tickcache get BTCUSDT", "the latest price, and whether it is live"},
                    {"tickcache watch", "all prices, kept current"},
                    {"tickcache status", "is the feed up?"}});
  return text + "\n\"tickcache help COMMAND\" explains a command.\n";
}

std::string command_help(const CommandSpec& command) {
  std::string text = fmt::format("Usage: tickcache {} [OPTION…]\n\n{}\n", command.synopsis(),
                                 wrapped(command.description, 0));
  text += options("Options", [&](const OptionSpec& option) { return command.takes(option.name); });
  text += global_options("Options of every command");
  text += kExitCodes;
  return text + examples(command.examples);
}

std::string version_text() { return "tickcache " TICKCACHE_VERSION "\n"; }

ExitCode run_help(const Arguments& arguments, Output& out) {
  out.write(arguments.words.empty() || arguments.words[0] == "help"
                ? program_help()
                : command_help(command_named(arguments.words[0])));
  return ExitCode::ok;
}

ExitCode run_version(const Arguments&, Output& out) {
  out.write(version_text());
  return ExitCode::ok;
}

}  // namespace tickcache::cli
