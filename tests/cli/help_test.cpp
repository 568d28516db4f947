#include "cli/help.hpp"

#include <doctest/doctest.h>

#include "cli/print/text.hpp"

using namespace tickcache;
using namespace tickcache::cli;

namespace {

std::size_t widest_line(std::string_view text) {
  std::size_t widest = 0;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    widest = std::max(widest, display_width(line));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return widest;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the program's help names every command and global option") {
  const std::string help = program_help();
  CHECK(widest_line(help) <= options::kHelpColumns);
  for (const CommandSpec& command : command_table())
    CHECK(contains(help, "\n  " + command.synopsis()));
  for (const Option& option : option_table())
    CHECK(contains(help, "--" + std::string(option.name)) == (option.group == kEveryCommand));
}

TEST_CASE("each command's help has its options, the exit codes and an example") {
  for (const CommandSpec& command : command_table()) {
    CAPTURE(command.name);
    const std::string help = command_help(command);
    CHECK(widest_line(help) <= options::kHelpColumns);
    CHECK(help.starts_with("Usage: tickcache " + command.synopsis()));
    CHECK(contains(help, "Exit codes"));
    REQUIRE_FALSE(command.examples.empty());
    CHECK(contains(help, command.examples.front().term));
    for (const std::string_view option : command.own_options) {
      CHECK(options::find_named(option_table(), option) != nullptr);
      CHECK(contains(help, "--" + std::string(option) + " "));
    }
  }
}

TEST_CASE("the help of metrics does not list --json, which it refuses") {
  const std::string help = command_help(*find_command("metrics"));
  CHECK_FALSE(contains(help, "--json"));
  CHECK(contains(help, "--segment"));
  CHECK(contains(command_help(*find_command("get")), "--json"));
}
