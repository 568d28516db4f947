// tickcache stream: every update as it arrives, for programs in any language.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/absence.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/follow.hpp"
#include "cli/print/text.hpp"
#include "cli/print/ticker_rows.hpp"
#include "encode/read.hpp"
#include "encode/records.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

bool is_all(std::string_view symbol) { return upper_case(symbol) == "ALL"; }

template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

/// The arguments with each of their channels once.
Arguments selection_of(Arguments arguments) {
  for (std::string& word : arguments.words) {
    if (word.empty() || word.size() > SymbolText::kMaxSize) {
      throw UsageError(fmt::format("\"{}\" is no symbol; one has 1 to {} bytes", printable(word),
                                   SymbolText::kMaxSize));
    }
    word = upper_case(word);
  }
  if (std::any_of(arguments.words.begin(), arguments.words.end(), is_all))
    arguments.words = {"all"};
  sort_unique(arguments.words);
  sort_unique(arguments.candles);
  return arguments;
}

bool selects_nothing(const Arguments& selection) {
  return selection.words.empty() && !selection.orders && !selection.portfolio &&
         selection.candles.empty();
}

/// Selects all channels that the daemon subscribes to.
void select_everything(Reader& reader, const Status& status, Arguments& selection) {
  selection.words = {"all"};
  selection.orders = selection.portfolio = true;
  selection.candles = candle_series(reader, status);
}

/// Reports selected channels that will never deliver. False if there are any.
bool will_come(const Status& status, const Arguments& selection) {
  bool all = true;
  const auto check = [&](ChannelKind kind, std::string_view symbol = {},
                         std::string_view interval = {}) {
    const auto why = why_nothing_will_come(status, kind, symbol, interval);
    if (!why) return;
    complain(*why);
    all = false;
  };
  for (const std::string& symbol : selection.words)
    if (!is_all(symbol)) check(ChannelKind::ticker, symbol);
  if (selection.orders) check(ChannelKind::orders);
  if (selection.portfolio) check(ChannelKind::portfolio);
  for (const auto& [symbol, interval] : selection.candles)
    check(ChannelKind::candles, symbol, interval);
  return all;
}

/// A symbol without ticks may still appear; it may also be misspelt.
void warn_of_unknown(Reader& reader, const Arguments& selection) {
  for (const std::string& symbol : selection.words) {
    const TickerRow row{symbol, reader.ticker(symbol)};
    if (!is_all(symbol) && row.ticker.reason == Reason::never_seen)
      complain(fmt::format("{} is {}", printable(symbol), row_verdict(reader, row)));
  }
}

/// Prints the feed's events of the selected channels.
void print_events(Feed& feed, const Arguments& selection, Following& following) {
  const auto print = [&](const auto& event) { following.update(json_line(event, Clocks::now())); };
  const auto remark = [&](const auto& event) { following.remark(json_line(event)); };
  feed.on_status(remark);
  feed.on_gap(remark);
  const Delivery delivery = selection.latest ? Delivery::latest : Delivery::every;
  for (const std::string& symbol : selection.words) feed.on_ticker(symbol, print, delivery);
  if (selection.orders) feed.on_order_update(print);
  if (selection.portfolio) feed.on_portfolio(print);
  for (const auto& [symbol, interval] : selection.candles) feed.on_candles(symbol, interval, print);
}

}  // namespace

ExitCode run_stream(const Arguments& arguments, Output& out) {
  Arguments selection = selection_of(arguments);
  Feed feed(arguments.segment);
  {
    Reader reader(arguments.segment);
    const auto status = read_status(reader);
    if (selects_nothing(selection)) {
      select_everything(reader, *status, selection);
    } else if (!will_come(*status, selection)) {
      return ExitCode::unknown_symbol;
    } else if (status->feed != Freshness::down) {
      warn_of_unknown(reader, selection);
    }
  }
  Following following(arguments, out);
  print_events(feed, selection, following);
  return following.run(feed);
}

}  // namespace tickcache::cli
