// tickcache get: the latest price of symbols.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "cli/print/ticker_rows.hpp"

namespace tickcache::cli {

using namespace encode;

namespace {

void print_table(Reader& reader, const std::vector<TickerRow>& rows, bool color, Output& out) {
  Table table({{"", Align::left}, {"", Align::point}, {"", Align::right}, {"", Align::left}});
  for (const TickerRow& row : rows) {
    const Result<Ticker>& ticker = row.ticker;
    table.add({{printable(row.symbol), Style::bold},
               {ticker.has_value ? price_text(ticker) : "-"},
               {ticker.has_value ? age_text(ticker.age_ns) : "-"},
               {row_verdict(reader, row), style_of(ticker.freshness)}});
  }
  out.write(table.text(color));
}

/// One line per symbol, so that lines correspond to arguments: an unknown price is an empty line.
void print_prices(Reader& reader, const std::vector<TickerRow>& rows, Output& out) {
  for (const TickerRow& row : rows) {
    out.write(price_text(row.ticker) + "\n");
    if (!row.ticker.live())
      complain(fmt::format("{} is {}", printable(row.symbol), row_verdict(reader, row)));
  }
}

}  // namespace

ExitCode run_get(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  const auto rows = read_symbols(reader, arguments.words, arguments.query());
  auto code = ExitCode::ok;
  for (const TickerRow& row : rows)
    code = std::max(code, exit_code(row.ticker.freshness, row.ticker.reason));

  if (arguments.json) {
    for (const TickerRow& row : rows) out.write(encode::json_line(row.symbol, row.ticker));
  } else if (code == ExitCode::no_segment) {
    // The same for every symbol: printed once, and not where scripts expect prices.
    complain(no_segment_verdict(reader));
  } else if (arguments.price_only) {
    print_prices(reader, rows, out);
  } else {
    print_table(reader, rows, arguments.colored(out), out);
  }
  return code;
}

}  // namespace tickcache::cli
