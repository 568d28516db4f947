#include "cli/help.hpp"

#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/print/text.hpp"
#include "options/help.hpp"

namespace tickcache::cli {
namespace {

using options::help_list;

const options::Entries& exit_codes() {
  static const options::Entries kExitCodes = {
      {"0", "done, and live where that was asked for"},
      {"1", "another error"},
      {"2", "the command line is wrong"},
      {"3", "unknown symbol: never seen; or not subscribed to, or refused"},
      {"4", "not live: the value may be old, or none has come yet"},
      {"5", "no segment: tickcached was never started, or under another segment name"},
      {"6", "timeout"}};
  return kExitCodes;
}

std::string end_of_help(const options::Options& listed, const options::Entries& examples) {
  return options::help_groups(listed) + "\nExit codes (of several symbols, the greatest):\n" +
         help_list(exit_codes()) + "\nExamples:\n" + help_list(examples);
}

std::string manual_of(const CommandSpec& command) {
  // In a heading nothing is escaped.
  std::string text = fmt::format("## tickcache {}\n\n{}\n\n", command.synopsis(),
                                 options::literal(command.description));
  options::Options own;
  for (const options::Option* option : command.options()) {
    if (command.takes(option->name)) own.push_back(option);
  }
  text += options::manual_list(options::entries_of(own));
  for (const auto& [example, meaning] : command.examples)
    text += fmt::format("\t{}\n\t\t{}\n\n", options::literal(example), options::literal(meaning));
  return text;
}

}  // namespace

std::string program_help() {
  options::Entries commands;
  for (const CommandSpec& command : command_table())
    commands.push_back({command.synopsis(), std::string(command.summary)});
  return "Usage: tickcache COMMAND [ARGUMENT…] [OPTION…]\n\n"
         "Reads the latest prices, orders, candles and portfolio that tickcached keeps in shared "
         "memory,\nand says whether they can be trusted.\n\nCommands:\n" +
         help_list(commands) +
         end_of_help(common_options(),
                     {{"tickcache get BTCUSDT", "the latest price, and whether it is live"},
                      {"tickcache watch", "all prices, live"},
                      {"tickcache status", "is the feed up?"}}) +
         "\n\"tickcache help COMMAND\" explains a command.\n";
}

std::string command_help(const CommandSpec& command) {
  return fmt::format("Usage: tickcache {} [OPTION…]\n\n{}\n", command.synopsis(),
                     wrapped(command.description, 0, options::kHelpColumns)) +
         end_of_help(command.options(), command.examples);
}

std::string manual_page(const std::string& path) {
  std::string commands;
  for (const CommandSpec& command : command_table()) commands += manual_of(command);
  return options::filled_page(
      path, {{"@COMMANDS@", commands},
             {"@OPTIONS@", options::manual_list(options::entries_of(common_options()))},
             {"@EXIT_STATUS@", options::manual_list(exit_codes())}});
}

ExitCode run_help(const Arguments& arguments, Output& out) {
  out.write(arguments.words.empty() || arguments.words[0] == "help"
                ? program_help()
                : command_help(command_named(arguments.words[0])));
  return ExitCode::ok;
}

ExitCode run_version(const Arguments&, Output& out) {
  out.write("tickcache " TICKCACHE_VERSION "\n");
  return ExitCode::ok;
}

}  // namespace tickcache::cli
