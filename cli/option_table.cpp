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

void set_count(std::string_view value, Arguments& arguments) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error != std::errc() || end != value.data() + value.size() || count < 1)
    throw UsageError(fmt::format("\"{}\" is not a whole number of at least 1", printable(value)));
  arguments.count = count;
}

/// SYMBOL:INTERVAL, or several with commas between; adds to what was given before.
void add_candles(std::string_view value, Arguments& arguments) {
  for (bool more = true; more;) {
    const std::size_t comma = value.find(',');
    const std::string_view series = value.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) value.remove_prefix(comma + 1);
    const std::size_t colon = series.find(':');
    const std::string_view symbol = series.substr(0, colon);
    const std::string_view interval =
        colon == std::string_view::npos ? std::string_view() : series.substr(colon + 1);
    if (symbol.empty() || symbol.size() > SymbolText::kMaxSize || interval.empty() ||
        interval.size() > IntervalText::kMaxSize) {
      throw UsageError(fmt::format("\"{}\" is no series of candles; give one such as BTCUSDT:1m",
                                   printable(series)));
    }
    arguments.candles.emplace_back(upper_case(symbol), interval);
  }
}

void set_file(std::string_view value, Arguments& arguments) {
  if (value.empty()) throw UsageError("the name of the file is empty");
  arguments.file = value;
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
      {"timeout", 'W', "SECONDS", "", "Give up after this long; without it, wait for ever", false,
       [](std::string_view value, Arguments& to) { to.timeout = seconds(value); }},
      {"number", 'n', "N", "", "Show the newest N, 1 to 1000 (default: 20)", false, set_number},
      {"follow", 'f', "", "", "Go on with new updates as they come", false,
       [](std::string_view, Arguments& to) { to.follow = true; }},
      {"count", 'C', "N", "", "End after N updates", false, set_count},
      {"orders", 0, "", "", "Updates of the account's orders", false,
       [](std::string_view, Arguments& to) { to.orders = true; }},
      {"portfolio", 0, "", "", "Snapshots of the account's portfolio", false,
       [](std::string_view, Arguments& to) { to.portfolio = true; }},
      {"candles", 0, "SERIES", "", "Closed candles, such as BTCUSDT:1m,ETHUSDT:1h", false,
       add_candles},
      {"latest", 0, "", "",
       "Of a symbol's ticks that wait to be printed, print the newest and count the others", false,
       [](std::string_view, Arguments& to) { to.latest = true; }},
      {"sort", 0, "ORDER", "", "By name (default), age (freshest first) or updates (most first)",
       false, set_sort, "name age updates"},
      {"output", 'o', "FILE", "", "Write to FILE, replaced whole, not to standard output", false,
       set_file},
      {"price-only", 'q', "", "", "Print nothing but the price; the reason goes to standard error",
       false, [](std::string_view, Arguments& to) { to.price_only = true; }},
      {"segment", 0, "NAME", "TICKCACHE_SEGMENT", "Read this segment (default: tickcache)", true,
       set_segment},
      {"json", 0, "", "", "Print JSON, one object a line", true,
       [](std::string_view, Arguments& to) { to.json = true; }},
      {"color", 0, "WHEN", "",
       "auto (default: on a terminal, unless NO_COLOR is set), always or never", true, set_color,
       "auto always never"},
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
