// tickcache, as cli/ describes it.
#include <stdexcept>

#include "cli/command_table.hpp"
#include "cli/option_table.hpp"
#include "generate/program.hpp"

namespace tickcache::generate {
namespace {

Kind kind_of(const cli::OptionSpec& option) {
  if (option.argument.empty()) return Kind::none;
  if (!option.values.empty()) return Kind::words;
  if (option.argument == "FILE") return Kind::file;
  return option.name == "segment" ? Kind::segment : Kind::other;
}

Option option_of(const cli::OptionSpec& spec) {
  Option option{std::string(spec.name),   spec.letter, std::string(spec.help), kind_of(spec),
                std::string(spec.values), {}};
  for (const std::string& word : split(option.words)) {
    cli::Arguments arguments;
    spec.apply(word, arguments);  // throws if the option does not take it
  }
  for (const cli::CommandSpec& command : cli::command_table()) {
    if (!spec.global && command.takes(spec.name)) option.commands.emplace_back(command.name);
  }
  return option;
}

Command command_of(const cli::CommandSpec& spec) {
  Command command{std::string(spec.name), std::string(spec.summary), {}, false, {}};
  command.repeats = spec.max_words == cli::CommandSpec::kAnyNumber;
  for (std::string word : split(spec.words)) {
    std::erase_if(word, [](char c) { return c == '[' || c == ']'; });
    if (word.starts_with("SYMBOL")) {
      command.kinds.push_back(Kind::symbol);
    } else if (word.find('|') != std::string::npos) {
      command.kinds.push_back(Kind::words);
      for (char& c : word) c = c == '|' ? ' ' : c;
      command.words = word;
    } else if (word == "INTERVAL") {
      command.kinds.push_back(Kind::interval);
    } else if (word == "COMMAND") {
      command.kinds.push_back(Kind::command);
    } else {
      throw std::runtime_error("no completion for the argument " + word + " of " + command.name);
    }
  }
  return command;
}

}  // namespace

Program client() {
  Program program{"tickcache", {}, {}};
  for (const cli::OptionSpec& option : cli::option_table())
    program.options.push_back(option_of(option));
  for (const cli::CommandSpec& command : cli::command_table())
    program.commands.push_back(command_of(command));
  return program;
}

}  // namespace tickcache::generate
