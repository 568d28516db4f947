#include "cli/print/ticker_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/absence.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/format.hpp"
#include "cli/print/text.hpp"
#include "cli/read.hpp"
#include "encode/json.hpp"
#include "options/nearest.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

/// All elements of Reader::snapshot(), however many appear meanwhile.
std::vector<SymbolTicker> snapshot(Reader& reader, const Query& query) {
  constexpr std::size_t kHeadroom = 64;
  std::vector<SymbolTicker> result;
  std::size_t count = reader.symbol_count();
  do {
    result.resize(count + kHeadroom);
    count = reader.snapshot(result, query);
  } while (count > result.size());
  result.resize(count);
  return result;
}

template <class Line>
void fill(Line& line, const TickerRow& row) {
  const Ticker& ticker = row.ticker.value;
  line.text("symbol", row.symbol);
  if (row.ticker.has_value) {
    line.decimal("price", ticker.price());
    line.decimal("quantity", ticker.quantity());
    line.time("timestamp", ticker.exchange_time_ns);
    line.milliseconds("age_ms", row.ticker.age_ns);
  } else {
    for (const std::string_view key : {"price", "quantity", "timestamp", "age_ms"}) line.null(key);
  }
  line.text("freshness", to_string(row.ticker.freshness));
  row.ticker.has_value ? line.number("updates", ticker.updates) : line.null("updates");
}

}  // namespace

std::vector<TickerRow> read_symbols(Reader& reader, const std::vector<std::string>& symbols,
                                    const Query& query) {
  std::vector<TickerRow> rows;
  rows.reserve(symbols.size());
  for (const std::string& symbol : symbols)
    rows.push_back({upper_case(symbol), reader.ticker(symbol, query)});
  return rows;
}

std::vector<TickerRow> read_all(Reader& reader, const Query& query) {
  std::vector<TickerRow> rows;
  for (const SymbolTicker& element : snapshot(reader, query))
    rows.push_back({std::string(element.symbol.view()), element.ticker});
  sort_rows(rows, Sort::name);
  return rows;
}

void sort_rows(std::vector<TickerRow>& rows, Sort order) {
  const auto before = [order](const TickerRow& a, const TickerRow& b) {
    switch (order) {
      case Sort::name:
        break;
      case Sort::age:
        // Rows without a value have no age and come last.
        if (a.ticker.has_value != b.ticker.has_value) return a.ticker.has_value;
        return a.ticker.age_ns < b.ticker.age_ns;
      case Sort::updates:
        return a.ticker.value.updates > b.ticker.value.updates;
    }
    return a.symbol < b.symbol;
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
    if (ticker.reason == Reason::unsubscribed) {
      const std::string line = option_line(*read_status(reader), ChannelKind::ticker, row.symbol);
      text += fmt::format("; add it to its configuration: \"{}\"", line);
    }
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

std::string json_line(const TickerRow& row) {
  JsonLine line;
  fill(line, row);
  return line.finish();
}

CsvLine csv_line(const TickerRow& row) {
  CsvLine line;
  fill(line, row);
  return line;
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
