#include "cli/arguments.hpp"

#include "cli/print/text.hpp"

namespace tickcache::cli {
namespace {

using options::setting;

std::string parse_name(std::string_view text, std::string& out) {
  if (text.empty()) return "must not be empty";
  out = text;
  return {};
}

/// SYMBOL:INTERVAL, or several with commas between; adds to those of an earlier --candles.
std::string add_candles(const options::Option&, std::string_view text, Arguments& arguments) {
  std::vector<std::pair<std::string, std::string>> added;
  for (const std::string& series : options::split(text, ',')) {
    const std::size_t colon = std::min(series.find(':'), series.size());
    const std::string interval = series.substr(std::min(colon + 1, series.size()));
    if (colon == 0 || colon > SymbolText::kMaxSize || interval.empty() ||
        interval.size() > IntervalText::kMaxSize) {
      added.clear();
      break;
    }
    added.emplace_back(upper_case(series.substr(0, colon)), interval);
  }
  if (added.empty()) return "must be series of candles such as BTCUSDT:1m,ETHUSDT:1h";
  arguments.candles.insert(arguments.candles.end(), added.begin(), added.end());
  return {};
}

constexpr options::Range kSeconds = {0, 999'999'999 * options::kSecond};
constexpr std::string_view kCommand = "Options";

// clang-format off
constexpr Option kOptions[] = {
    setting<&Arguments::max_age>(
        {.name = "max-age", .value = "SECONDS", .range = kSeconds, .group = kCommand,
         .help = "Treat older values as stale."}),
    setting<&Arguments::timeout>(
        {.name = "timeout", .letter = 'W', .value = "SECONDS", .range = kSeconds, .group = kCommand,
         .help = "Give up after this long. Without it, wait for ever."}),
    setting<&Arguments::number>(
        {.name = "number", .letter = 'n', .value = "N", .range = {1, 1000}, .initial = "20",
         .group = kCommand, .help = "Show the newest N, 1 to 1000."}),
    setting<&Arguments::follow>(
        {.name = "follow", .letter = 'f', .group = kCommand,
         .help = "Keep printing new updates."}),
    setting<&Arguments::count>(
        {.name = "count", .letter = 'C', .value = "N", .range = {.least = 1}, .group = kCommand,
         .help = "Exit after N updates."}),
    setting<&Arguments::orders>(
        {.name = "orders", .group = kCommand, .help = "Print updates of the account's orders."}),
    setting<&Arguments::portfolio>(
        {.name = "portfolio", .group = kCommand,
         .help = "Print snapshots of the account's portfolio."}),
    {{.name = "candles", .value = "SERIES", .group = kCommand,
      .help = "Print closed candles, such as those of BTCUSDT:1m,ETHUSDT:1h."},
     add_candles, nullptr},
    setting<&Arguments::latest>(
        {.name = "latest", .group = kCommand,
         .help = "Coalesce: print only each symbol's newest pending tick."}),
    setting<&Arguments::sort>(
        {.name = "sort", .value = "ORDER", .choices = "name age updates", .initial = "name",
         .group = kCommand,
         .help = "Sort by name, age (freshest first) or updates (most first)."}),
    setting<&Arguments::file, parse_name>(
        {.name = "output", .letter = 'o', .value = "FILE", .group = kCommand,
         .help = "Write to FILE instead of standard output. The file is replaced atomically."}),
    setting<&Arguments::price_only>(
        {.name = "price-only", .letter = 'q', .group = kCommand,
         .help = "Print only the price. The reason goes to standard error."}),
    setting<&Arguments::segment, parse_name>(
        {.name = "segment", .value = "NAME", .initial = "tickcache",
         .environment = "TICKCACHE_SEGMENT", .group = kEveryCommand,
         .help = "Read this segment."}),
    setting<&Arguments::json>(
        {.name = "json", .group = kEveryCommand, .help = "Print JSON, one object per line."}),
    setting<&Arguments::color>(
        {.name = "color", .value = "WHEN", .choices = "auto always never", .initial = "auto",
         .group = kEveryCommand,
         .help = "Use colors: auto (on a terminal, unless NO_COLOR is set), always or never."}),
    setting<&Arguments::help>(
        {.name = "help", .letter = 'h', .group = kEveryCommand,
         .help = "Explain the program, or the command, and exit."}),
    setting<&Arguments::version>(
        {.name = "version", .letter = 'V', .group = kEveryCommand,
         .help = "Print the version and exit."}),
};
// clang-format on

}  // namespace

std::span<const Option> option_table() { return kOptions; }

}  // namespace tickcache::cli
