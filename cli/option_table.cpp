#include "cli/option_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cli/text.hpp"

namespace tickcache::cli {
namespace {

std::chrono::nanoseconds seconds(std::string_view text) {
  constexpr double kMost = 1e9;  // 31 years; nanoseconds hold nine times that
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= kMost)) {
    throw UsageError(
        fmt::format("\"{}\" is no number of seconds; give one such as 2.5, at most {:.0f}",
                    printable(text), kMost));
  }
  return std::chrono::nanoseconds(std::llround(value * 1e9));
}

void set_segment(std::string_view value, Arguments& arguments) {
  if (value.empty()) throw UsageError("the name is empty; leave the option out for the default");
  arguments.segment = value;
}

void set_color(std::string_view value, Arguments& arguments) {
  if (value == "auto") {
    arguments.color = Color::automatic;
  } else if (value == "always") {
    arguments.color = Color::always;
  } else if (value == "never") {
    arguments.color = Color::never;
  } else {
    throw UsageError(fmt::format("\"{}\" is not auto, always or never", printable(value)));
  }
}

void set_sort(std::string_view value, Arguments& arguments) {
  if (value == "name") {
    arguments.sort = Sort::name;
  } else if (value == "age") {
    arguments.sort = Sort::age;
  } else if (value == "updates") {
    arguments.sort = Sort::updates;
  } else {
    throw UsageError(fmt::format("\"{}\" is not name, age or updates", printable(value)));
  }
}

void set_number(std::string_view value, Arguments& arguments) {
  constexpr std::size_t kMost = 1000;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number < 1 || number > kMost) {
    throw UsageError(
        fmt::format("\"{}\" is not a whole number from 1 to {}", printable(value), kMost));
  }
  arguments.number = number;
}

}  // namespace

const std::vector<OptionSpec>& option_table() {
  static const std::vector<OptionSpec> kOptions = {
      {"max-age", 0, "SECONDS", "", "Take a value that is older than this for stale", false,
       [](std::string_view value, Arguments& to) { to.max_age = seconds(value); }},
      {"timeout", 0, "SECONDS", "", "Give up after this long; without it, wait for ever", false,
       [](std::string_view value, Arguments& to) { to.timeout = seconds(value); }},
      {"number", 'n', "N", "", "Show the newest N, 1 to 1000 (default: 20)", false, set_number},
      {"sort", 0, "ORDER", "", "By name (default), age (freshest first) or updates (most first)",
       false, set_sort},
      {"price-only", 'q', "", "", "Print nothing but the price; the reason goes to standard error",
       false, [](std::string_view, Arguments& to) { to.price_only = true; }},
      {"segment", 0, "NAME", "TICKCACHE_SEGMENT", "Read this segment (default: tickcache)", true,
       set_segment},
      {"json", 0, "", "", "Print JSON, one object a line", true,
       [](std::string_view, Arguments& to) { to.json = true; }},
      {"color", 0, "WHEN", "",
       "auto (default: on a terminal, unless NO_COLOR is set), always or never", true, set_color},
      {"help", 'h', "", "", "Explain the program, or the command, and exit", true,
       [](std::string_view, Arguments& to) { to.help = true; }},
      {"version", 'V', "", "", "Print the version and exit", true,
       [](std::string_view, Arguments& to) { to.version = true; }},
  };
  return kOptions;
}

const OptionSpec* find_option(std::string_view name) {
  const auto& table = option_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const OptionSpec& option) { return option.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace tickcache::cli
