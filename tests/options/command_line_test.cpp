#include "options/command_line.hpp"

#include <doctest/doctest.h>

#include "tests/options/some_options.hpp"

namespace tickcache::options {
namespace {

using Words = std::vector<std::string>;

/// "number=5" for an option, "2:word" for the second argument, which is none.
Words parsed(const Words& arguments) {
  Words result;
  const CommandLine line = parse_command_line(kOptions, arguments);
  CHECK(line.errors.empty());
  for (const auto& [option, text, place] : line.arguments) {
    result.push_back(option == nullptr ? std::to_string(place) + ":" + text
                                       : std::string(option->name) + "=" + text);
  }
  return result;
}

Words errors(const Words& arguments) { return parse_command_line(kOptions, arguments).errors; }

TEST_CASE("the forms of an option") {
  CHECK(parsed({"--number=5"}) == Words{"number=5"});
  CHECK(parsed({"--number", "5"}) == Words{"number=5"});
  CHECK(parsed({"-n5"}) == Words{"number=5"});
  CHECK(parsed({"-n", "5"}) == Words{"number=5"});
  CHECK(parsed({"-ln5"}) == Words{"loud=true", "number=5"});
  CHECK(parsed({"-ln", "5", "word"}) == Words{"loud=true", "number=5", "3:word"});
  CHECK(parsed({"--output-file="}) == Words{"output-file="});
  CHECK(parsed({"--output-file=-x", "--output-file", "-"}) ==
        Words{"output-file=-x", "output-file=-"});
  CHECK(parsed({"--output-file=a=b"}) == Words{"output-file=a=b"});
}

TEST_CASE("a switch takes no value, and a boolean perhaps one") {
  CHECK(parsed({"--loud", "word"}) == Words{"loud=true", "2:word"});
  CHECK(errors({"--loud=yes"}) == Words{"--loud takes no value"});
  CHECK(parsed({"--colors", "off"}) == Words{"colors=off"});
  CHECK(parsed({"--colors=off"}) == Words{"colors=off"});
  CHECK(parsed({"--colors", "--loud"}) == Words{"colors=true", "loud=true"});
  CHECK(parsed({"--colors"}) == Words{"colors=true"});
}

TEST_CASE("what is no option is a word, and all is after --") {
  CHECK(parsed({"a", "-", "--loud", "b"}) == Words{"1:a", "2:-", "loud=true", "4:b"});
  CHECK(parsed({"--", "--loud", "--"}) == Words{"2:--loud", "3:--"});
}

TEST_CASE("all errors are found") {
  CHECK(errors({"--lound", "--num=5", "--number", "--size", "small", "-x", "--wait"}) ==
        Words{"unknown option '--lound'; did you mean '--loud'?",
              "unknown option '--num'; did you mean '--number'?",
              "--number needs a value, as in --number=N", "unknown option '-x'",
              "--wait needs a value, as in --wait=SECONDS"});
}

TEST_CASE("a suggestion is made in any case, and with the wrong dashes") {
  CHECK(errors({"--OUTPUT_FILE"}) ==
        Words{"unknown option '--OUTPUT_FILE'; did you mean '--output-file'?"});
  CHECK(unknown_option(kOptions, "sise") == "unknown option 'sise'; did you mean 'size'?");
  CHECK(unknown_option(kOptions, "frobnicate") == "unknown option 'frobnicate'");
  CHECK(unknown_option(kOptions, "") == "unknown option ''");
}

TEST_CASE("the value of an unknown option is not shown, nor taken for a word") {
  CHECK(errors({"--key=secret"}) == Words{"unknown option '--key'"});
  CHECK(errors({"-k=secret"}) == Words{"unknown option '-k'"});
  const CommandLine line = parse_command_line(kOptions, {"--key", "secret", "word"});
  REQUIRE(line.arguments.size() == 1);
  CHECK(line.arguments[0].text == "word");
}

TEST_CASE("the option at the end that has no value yet") {
  const auto unfinished = [](const Words& arguments) {
    const Option* option = parse_command_line(kOptions, arguments).unfinished;
    return option == nullptr ? "" : option->name;
  };
  CHECK(unfinished({"--size"}) == "size");
  CHECK(unfinished({"-ln"}) == "number");
  CHECK(unfinished({"--size", "--loud"}) == "");
  CHECK(unfinished({"--colors"}) == "");
}

}  // namespace
}  // namespace tickcache::options
