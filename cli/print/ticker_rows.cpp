#include "cli/print/ticker_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/absence.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "encode/read.hpp"

namespace tickcache::cli {

using namespace encode;

void sort_rows(std::vector<TickerRow>& rows, Sort order) {
  const auto before = [order](const TickerRow& a, const TickerRow& b) {
    if (order == Sort::name) return a.symbol < b.symbol;
    if (order == Sort::updates) return a.ticker.value.updates > b.ticker.value.updates;
    // Rows without a value have no age and come last.
    if (a.ticker.has_value != b.ticker.has_value) return a.ticker.has_value;
    return a.ticker.age_ns < b.ticker.age_ns;
  };
  std::stable_sort(rows.begin(), rows.end(), before);
}

std::string price_text(const Result<Ticker>& ticker) {
  return ticker.has_value ? ticker.value.price().str() : std::string();
}

std::string row_verdict(Reader& reader, const TickerRow& row) {
  const Result<Ticker>& ticker = row.ticker;
  if (ticker.reason == Reason::no_segment) return no_segment_verdict(reader);
  if (ticker.reason != Reason::never_seen) {
    std::string text =
        verdict(ticker.freshness, ticker.reason, "price", ticker.has_value, ticker.age_ns);
    if (ticker.reason == Reason::unsubscribed)
      text += how_to_subscribe(*read_status(reader), ChannelKind::ticker, row.symbol);
    return text;
  }
  if (row.symbol.empty() || row.symbol.size() > SymbolText::kMaxSize)
    return fmt::format("missing: no symbol; one has 1 to {} bytes", SymbolText::kMaxSize);
  // One wrong letter: with two, ETHUSDT would match BTCUSDT.
  constexpr std::size_t kMaxEdits = 1;
  const std::vector<TickerRow> known = read_all(reader, {});
  std::vector<std::string_view> names;
  names.reserve(known.size());
  for (const TickerRow& other : known) names.push_back(other.symbol);
  const auto never = why_nothing_will_come(*read_status(reader), ChannelKind::ticker, row.symbol);
  return (never ? "missing: " + *never : verdict(ticker.freshness, ticker.reason)) +
         printable(options::suggestion(row.symbol, names, kMaxEdits));
}

Table ticker_table(const std::vector<TickerRow>& rows) {
  Table table({{"SYMBOL", Align::left},
               {"PRICE", Align::point},
               {"AGE", Align::right},
               {"FRESHNESS", Align::left},
               {"UPDATES", Align::right},
               {"", Align::left}});
  for (const TickerRow& row : rows) {
    const Result<Ticker>& ticker = row.ticker;
    const bool known = ticker.has_value;
    const Style style = style_of(ticker.freshness);
    table.add({{printable(row.symbol), Style::bold},
               {known ? price_text(ticker) : "-"},
               {known ? age_text(ticker.age_ns) : "-"},
               {to_string(ticker.freshness), style},
               {known ? grouped(ticker.value.updates) : "-"},
               // Last, because a narrow screen cuts it off.
               {std::string(why(ticker.reason)), style}});
  }
  return table;
}

}  // namespace tickcache::cli
