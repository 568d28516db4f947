// tickcache stream: every update as it arrives, for programs in any language.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/absence.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/follow.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/format.hpp"
#include "cli/print/text.hpp"
#include "cli/print/ticker_rows.hpp"
#include "cli/read.hpp"
#include "encode/records.hpp"
#include "encode/status.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

/// The selected channels.
struct Selection {
  std::vector<std::string> symbols;
  bool orders = false;
  bool portfolio = false;
  std::vector<std::pair<std::string, std::string>> candles;
};

bool is_all(std::string_view symbol) { return upper_case(symbol) == "ALL"; }

/// The channels given by the arguments, each once.
Selection selected(const Arguments& arguments) {
  Selection selection;
  for (const std::string& word : arguments.words) {
    if (word.empty() || word.size() > SymbolText::kMaxSize) {
      throw UsageError(fmt::format("\"{}\" is no symbol; one has 1 to {} bytes", printable(word),
                                   SymbolText::kMaxSize));
    }
    selection.symbols.push_back(upper_case(word));
  }
  if (std::any_of(selection.symbols.begin(), selection.symbols.end(), is_all))
    selection.symbols = {"all"};
  std::sort(selection.symbols.begin(), selection.symbols.end());
  selection.symbols.erase(std::unique(selection.symbols.begin(), selection.symbols.end()),
                          selection.symbols.end());
  selection.orders = arguments.orders;
  selection.portfolio = arguments.portfolio;
  selection.candles = arguments.candles;
  std::sort(selection.candles.begin(), selection.candles.end());
  selection.candles.erase(std::unique(selection.candles.begin(), selection.candles.end()),
                          selection.candles.end());
  return selection;
}

bool is_empty(const Selection& selection) {
  return selection.symbols.empty() && !selection.orders && !selection.portfolio &&
         selection.candles.empty();
}

/// All channels that the daemon subscribes to.
Selection everything(const Status& status) {
  Selection selection{{"all"}, true, true, {}};
  for (const ChannelStatus& channel : channels_of(status)) {
    if (channel.kind == ChannelKind::candles)
      selection.candles.emplace_back(channel.symbol.view(), channel.interval.view());
  }
  return selection;
}

/// Reports selected channels that will never deliver. False if there are any.
bool will_come(const Status& status, const Selection& selection) {
  bool all = true;
  const auto check = [&](ChannelKind kind, std::string_view symbol = {},
                         std::string_view interval = {}) {
    const auto why = why_nothing_will_come(status, kind, symbol, interval);
    if (!why) return;
    complain(*why);
    all = false;
  };
  for (const std::string& symbol : selection.symbols)
    if (!is_all(symbol)) check(ChannelKind::ticker, symbol);
  if (selection.orders) check(ChannelKind::orders);
  if (selection.portfolio) check(ChannelKind::portfolio);
  for (const auto& [symbol, interval] : selection.candles)
    check(ChannelKind::candles, symbol, interval);
  return all;
}

/// A symbol without ticks may still appear; it may also be misspelt.
void warn_of_unknown(Reader& reader, const Selection& selection) {
  for (const std::string& symbol : selection.symbols) {
    const TickerRow row{symbol, reader.ticker(symbol)};
    if (!is_all(symbol) && row.ticker.reason == Reason::never_seen)
      complain(fmt::format("{} is {}", printable(symbol), row_verdict(reader, row)));
  }
}

/// Prints the events of a feed.
class Printer {
 public:
  explicit Printer(Following& following) : following_(following) {}

  void ask(Feed& feed, const Selection& selection, Delivery delivery) {
    const auto print = [this](const auto& event) {
      if (following_.wants_more()) following_.update(encode::json_line(event, Clocks::now()));
    };
    const auto remark = [this](const auto& event) {
      if (following_.wants_more()) following_.remark(encode::json_line(event));
    };
    feed.on_status(remark);
    feed.on_gap(remark);
    for (const std::string& symbol : selection.symbols) feed.on_ticker(symbol, print, delivery);
    if (selection.orders) feed.on_order_update(print);
    if (selection.portfolio) feed.on_portfolio(print);
    for (const auto& [symbol, interval] : selection.candles)
      feed.on_candles(symbol, interval, print);
  }

 private:
  Following& following_;
};

}  // namespace

ExitCode run_stream(const Arguments& arguments, Output& out) {
  Selection selection = selected(arguments);
  Feed feed(arguments.segment);
  {
    Reader reader(arguments.segment);
    const auto status = read_status(reader);
    if (is_empty(selection)) {
      selection = everything(*status);
    } else if (!will_come(*status, selection)) {
      return ExitCode::unknown_symbol;
    } else if (status->feed != Freshness::down) {
      warn_of_unknown(reader, selection);
    }
  }
  Following following(arguments, out);
  Printer printer(following);
  printer.ask(feed, selection, arguments.latest ? Delivery::latest : Delivery::every);
  return following.run(feed);
}

}  // namespace tickcache::cli
