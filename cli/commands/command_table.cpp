#include "cli/commands/commands.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/print/text.hpp"

namespace tickcache::cli {

const std::vector<CommandSpec>& command_table() {
  static const std::vector<CommandSpec> kCommands = {
      {"get",
       "SYMBOL…",
       "The latest price of symbols",
       "Prints symbol, price, age and whether the price can be trusted, one symbol a line, in the "
       "order asked for and in any case. The price is exact, a plain decimal with the digits that "
       "the exchange sent. If it is not live, the line says why, and the exit code is not 0.",
       {"max-age", "price-only"},
       {{"tickcache get BTCUSDT", "price, age and freshness"},
        {"price=$(tickcache get -q --max-age 5 BTCUSDT) || exit", "for scripts: only a live price"},
        {"tickcache get --json BTCUSDT ETHUSDT", "two JSON objects"}},
       run_get},
      {"list",
       "",
       "Every symbol that has a price",
       "Prints a table of every symbol with its latest price, age, freshness and number of updates "
       "in the segment. The exit code judges the feed, not each symbol.",
       {"sort", "max-age"},
       {{"tickcache list --sort updates", "the busiest symbols first"}},
       run_list},
      {"watch",
       "[SYMBOL…]",
       "A live-updating table",
       "Shows the given symbols, or all, and the state of the feed: price, change since the start, "
       "age, ticks per second and the recent trend of the price. Keys sort, filter, scroll and "
       "quit; the last line of the screen lists them. If standard output is not a terminal, prints "
       "the table once. The exit code is 0.",
       {"sort", "max-age"},
       {{"tickcache watch BTCUSDT ETHUSDT", "two symbols"},
        {"tickcache watch --sort age", "the latest changes at the top"}},
       run_watch},
      {"orders",
       "",
       "The latest updates of the account's orders",
       "Prints the newest order updates, newest last. Where the connection was lost, a line says "
       "since when updates may be missing. Times are UTC. With --follow, it keeps printing new "
       "updates, across restarts of tickcached, until Ctrl-C, --count or --timeout.",
       {"number", "max-age", "follow", "count", "timeout"},
       {{"tickcache orders -n 5", "the newest five"},
        {"tickcache orders -f", "and each new one"},
        {"tickcache orders -f -n 1 -C 1 -W 60", "wait for the next one, at most a minute"},
        {"tickcache orders --json | jq -c .data", "the messages as the exchange sent them"}},
       run_orders},
      {"stream",
       "[SYMBOL…|all]",
       "Every update as it arrives, one JSON object per line",
       "Prints each tick of the symbols named, and what the options name; without any, everything "
       "that tickcached subscribes to. Each object says in \"event\" what it is. Lines of their "
       "own say at the beginning, and when it changes, whether the feed can be trusted (status), "
       "and where something is missing (gap). Goes on across restarts of tickcached, until Ctrl-C, "
       "--count or --timeout. Ends with 6 if fewer than --count, or none, came before --timeout.",
       {"orders", "portfolio", "candles", "latest", "count", "timeout"},
       {{"tickcache stream BTCUSDT", "its ticks, for ever"},
        {"tickcache stream --orders | jq -c 'select(.event == \"order\")'", "order updates only"},
        {"tickcache stream BTCUSDT --candles BTCUSDT:1m", "ticks and closed candles"},
        {"tickcache stream -C 1000 > updates.ndjson", "a thousand of everything"},
        {"tickcache stream BTCUSDT -C 1 -W 5", "the next tick, within five seconds"}},
       run_stream},
      {"portfolio",
       "",
       "The latest portfolio snapshot",
       "Prints the amounts as the exchange sent them; \"-\" stands for what it did not send.",
       {"max-age"},
       {{"tickcache portfolio", "equity, cash, profit and loss"}},
       run_portfolio},
      {"candles",
       "SYMBOL INTERVAL",
       "The latest candles of a symbol",
       "Prints the newest candles, newest last; the last may still be open. tickcached keeps the "
       "series that its option --candles names. Times are UTC.",
       {"number", "max-age"},
       {{"tickcache candles BTCUSDT 1m -n 60", "the last hour, minute by minute"}},
       run_candles},
      {"status",
       "",
       "Whether the feed is up, connection by connection and channel by channel",
       "Prints what tickcached says about itself: feed, daemon, connections, what became of each "
       "subscription, and every counter that is not zero.",
       {},
       {{"tickcache status", "is everything as it should be?"},
        {"tickcache status --json | jq .counters", "the counters for a program"}},
       run_status},
      {"segments",
       "",
       "Every segment of this machine, with its daemon and feed",
       "Prints one line for each segment, whoever owns it: the layout's version, the group that "
       "may read it, the daemon's process, the number of symbols, the URL, and the state of the "
       "feed or why you cannot read it. For machines with several accounts; --segment names one "
       "of them for the other commands. The exit code is 0 if there is a segment.",
       {},
       {{"tickcache segments", "is every account's feed live?"},
        {"tickcache segments --json | jq -r 'select(.feed != \"live\").segment'",
         "those whose feed is not"}},
       run_segments},
      {"wait",
       "[SYMBOL]",
       "Wait until the feed, or a price, is live",
       "Without a symbol, waits until tickcached runs and every connection is up; with one, until "
       "its price is live, and not older than --max-age. Prints what status or get print then.",
       {"max-age", "timeout"},
       {{"tickcache wait --timeout 30 && ./agent", "start only with a live feed"},
        {"tickcache wait BTCUSDT --max-age 1", "the next price that is fresh"}},
       run_wait},
      {"doctor",
       "",
       "Find out what is wrong and how to fix it",
       "Looks at the daemon, its connections and subscriptions, the segment and this machine. Each "
       "finding states the problem, its cause and the remedy. The exit code is 0 if nothing is "
       "worse than a warning.",
       {},
       {{"tickcache doctor", "why is there no price?"},
        {"tickcache doctor --json | jq 'select(.level == \"problem\")'", "for a program"}},
       run_doctor},
      {"metrics",
       "",
       "The state of the feed in Prometheus's text format",
       "Prints what tickcached's option metrics-listen serves, for the textfile collector of "
       "Prometheus's node exporter. Without a daemon, the metrics say so; that is not an error.",
       {"output"},
       {{"tickcache metrics -o /var/lib/prometheus/node-exporter/tickcache.prom",
         "from a timer, each minute"}},
       run_metrics},
      {"export",
       "[tickers|candles]",
       "Every ticker, or every candle, as CSV or JSON",
       "Prints all tickers, or all candles of every series, as comma-separated values with a line "
       "of titles, or with --json as one object a line. The exit code judges the feed.",
       {"max-age", "output"},
       {{"tickcache export -o prices.csv", "a snapshot; readers of the file never see half of it"},
        {"tickcache export candles --json", "every candle that is kept"}},
       run_export},
      {"help",
       "[COMMAND]",
       "Explain the program, or a command",
       "Prints what --help prints.",
       {},
       {{"tickcache help get", "the same as tickcache get --help"}},
       run_help},
      {"version",
       "",
       "Print the version",
       "Prints what --version prints.",
       {},
       {{"tickcache version", "the same as tickcache --version"}},
       run_version},
  };
  return kCommands;
}

std::size_t CommandSpec::min_words() const {
  const auto forms = options::split(words);
  return static_cast<std::size_t>(std::count_if(
      forms.begin(), forms.end(), [](const std::string& form) { return form[0] != '['; }));
}

std::size_t CommandSpec::max_words() const {
  return words.find("…") == words.npos ? options::split(words).size() : words.npos;
}

bool CommandSpec::takes(std::string_view option) const {
  return std::find(own_options.begin(), own_options.end(), option) != own_options.end();
}

options::Options CommandSpec::options() const {
  options::Options result;
  for (const Option& option : option_table()) {
    // metrics has a format of its own, and refuses --json.
    const bool refused = option.name == "json" && name == "metrics";
    if (takes(option.name) || (option.group == kEveryCommand && !refused)) {
      result.push_back(&option);
    }
  }
  return result;
}

std::string CommandSpec::synopsis() const {
  return words.empty() ? std::string(name) : fmt::format("{} {}", name, words);
}

options::Options common_options() { return find_command("help")->options(); }

const CommandSpec* find_command(std::string_view name) {
  return options::find_named(command_table(), name);
}

const CommandSpec& command_named(std::string_view name) {
  if (const CommandSpec* command = find_command(name)) return *command;
  std::vector<std::string_view> names;
  for (const CommandSpec& command : command_table()) names.push_back(command.name);
  throw UsageError(
      fmt::format("unknown command \"{}\"{}", printable(name), options::suggestion(name, names)));
}

}  // namespace tickcache::cli
