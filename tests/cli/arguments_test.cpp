#include "cli/arguments.hpp"

#include <doctest/doctest.h>

#include "cli/commands/commands.hpp"

using namespace tickcache;
using namespace tickcache::cli;

namespace {

/// What is wrong with the command line.
std::string complaint(const std::vector<std::string>& tokens) {
  try {
    static_cast<void>(parse_arguments(tokens));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing";
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("options stand before or after the command") {
  for (const Words& tokens : {Words{"--max-age", "2.5", "--json", "get", "A", "b"},
                              Words{"get", "A", "--max-age=2.5", "b", "--json"}}) {
    const Arguments arguments = parse_arguments(tokens);
    CHECK(arguments.command->name == "get");
    CHECK(arguments.words == Words{"A", "b"});
    CHECK(arguments.json);
    CHECK(arguments.max_age == std::chrono::milliseconds(2500));
  }
  CHECK(parse_arguments({"-n", "7", "orders"}).number == 7);
  CHECK(parse_arguments({"orders", "-n7"}).number == 7);
  CHECK(parse_arguments({"get", "--", "-x"}).words == Words{"-x"});
}

TEST_CASE("help and version win over what is missing") {
  CHECK(parse_arguments({"get", "--help"}).command->name == "help");
  CHECK(parse_arguments({"get", "-h"}).words == Words{"get"});
  CHECK(parse_arguments({"--version"}).command->name == "version");
  CHECK(parse_arguments({"-V"}).command->name == "version");
}

TEST_CASE("defaults") {
  const Arguments arguments = parse_arguments({"list"});
  CHECK(arguments.segment == "tickcache");
  CHECK(arguments.max_age == Query::kExactAge);
  CHECK_FALSE(arguments.timeout);
  CHECK(arguments.number == 20);
  CHECK(arguments.sort == Sort::name);
}

TEST_CASE("errors name the input, what is wrong with it and what would be right") {
  CHECK(complaint({"gte"}) == "unknown command \"gte\"; did you mean \"get\"?");
  CHECK(complaint({"frobnicate"}) == "unknown command \"frobnicate\"");
  CHECK(complaint({"list", "--jsn"}) == "unknown option '--jsn'; did you mean '--json'?");
  CHECK(complaint({"list", "--max"}) == "unknown option '--max'; did you mean '--max-age'?");
  CHECK(complaint({"get"}) ==
        "\"get\" needs more arguments; it is used as \"tickcache get SYMBOL…\"");
  CHECK(complaint({"list", "BTCUSDT"}) ==
        "\"BTCUSDT\" is one argument too many; it is used as \"tickcache list\"");
  CHECK(complaint({"get", "A", "--sort", "age"}) ==
        "\"get\" takes no --sort; it is an option of list, watch");
  CHECK(complaint({"list", "--sort", "price"}) == "--sort: 'price': must be name, age or updates");
  CHECK(complaint({"list", "--color", "pink"}) == "--color: 'pink': must be auto, always or never");
  CHECK(complaint({"orders", "-n", "0"}) == "--number: '0': must be a whole number from 1 to 1000");
  CHECK(complaint({"orders", "-n", "2x"}) ==
        "--number: '2x': must be a whole number from 1 to 1000");
  for (const char* seconds : {"soon", "-1", "nan", "inf", "1e99", "1s", ""}) {
    CAPTURE(seconds);
    CHECK(complaint({"wait", std::string("--timeout=") + seconds})
              .find("not a valid number of seconds") != std::string::npos);
  }
  CHECK(complaint({"get", "A", "-q", "--json"}) == "--price-only and --json exclude each other");
  CHECK(complaint({"--json"}) == "no command given");
  CHECK(complaint({"get", "A", "--max-age"}) == "--max-age needs a value, as in --max-age=SECONDS");
  CHECK(complaint({"--segment=", "list"}) == "--segment: '': must not be empty");
}
