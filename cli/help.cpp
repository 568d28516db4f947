#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/option_table.hpp"
#include "cli/text.hpp"

namespace tickcache::cli {
namespace {

constexpr ExitMeaning kExitMeanings[] = {
    {ExitCode::ok, "done, and live where that was asked for"},
    {ExitCode::error, "another error"},
    {ExitCode::usage, "the command line is wrong"},
    {ExitCode::unknown_symbol, "unknown symbol: never seen"},
    {ExitCode::not_live, "not live: the value may be old"},
    {ExitCode::no_segment,
     "no segment: tickcached was never started, or under another segment name"},
    {ExitCode::timeout, "timeout"},
};

/// Two columns: what, and its meaning.
std::string entry(std::string_view what, std::size_t width, std::string_view meaning) {
  std::string line = "  " + std::string(what);
  line.append(width - std::min(width, display_width(what)) + 2, ' ');
  return line + wrapped(meaning, width + 4, kHelpColumns) + "\n";
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

std::string exit_codes() {
  std::string text = "\nExit codes (of several symbols, the greatest):\n";
  for (const auto& [code, meaning] : kExitMeanings)
    text += fmt::format("  {}  {}\n", static_cast<int>(code), meaning);
  return text;
}

std::string examples(const std::vector<Example>& list) {
  std::size_t width = 0;
  for (const Example& example : list) width = std::max(width, display_width(example.command));
  std::string text = "\nExamples:\n";
  for (const Example& example : list) text += entry(example.command, width, example.meaning);
  return text;
}

}  // namespace

std::span<const ExitMeaning> exit_meanings() noexcept { return kExitMeanings; }

std::string program_help() {
  std::string text =
      "Usage: tickcache COMMAND [ARGUMENT…] [OPTION…]\n\n"
      "Reads the latest prices, orders, candles and portfolio that tickcached keeps in shared "
      "memory,\nand says whether they can be trusted.\n\nCommands:\n";
  std::size_t width = 0;
  for (const CommandSpec& command : command_table())
    width = std::max(width, display_width(command.synopsis()));
  for (const CommandSpec& command : command_table())
    text += entry(command.synopsis(), width, command.summary);
  text += options("Options of every command, before or after it",
                  [](const OptionSpec& option) { return option.global; });
  text += exit_codes();
  text += examples({{"tickcache get BTCUSDT", "the latest price, and whether it is live"},
                    {"tickcache watch", "all prices, kept current"},
                    {"tickcache status", "is the feed up?"}});
  return text + "\n\"tickcache help COMMAND\" explains a command.\n";
}

std::string command_help(const CommandSpec& command) {
  std::string text = fmt::format("Usage: tickcache {} [OPTION…]\n\n{}\n", command.synopsis(),
                                 wrapped(command.description, 0, kHelpColumns));
  text += options("Options", [&](const OptionSpec& option) { return command.takes(option.name); });
  // metrics has a format of its own, and refuses --json.
  text += options("Options of every command", [&](const OptionSpec& option) {
    return option.global && !(command.name == "metrics" && option.name == "json");
  });
  text += exit_codes();
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
