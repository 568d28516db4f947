// tickcache candles: the latest candles of a symbol.

#include "cli/commands/absence.hpp"
#include "cli/commands/commands.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/table.hpp"
#include "cli/print/text.hpp"
#include "encode/read.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

std::string remark(const Candle& candle) {
  if (candle.is_complete()) return candle.closed != 0 ? "" : "open";
  return candle.closed != 0 ? "incomplete" : "open, incomplete";
}

Table candles_table(const std::vector<Candle>& candles) {
  Table table({{"OPEN TIME", Align::left},
               {"OPEN", Align::point},
               {"HIGH", Align::point},
               {"LOW", Align::point},
               {"CLOSE", Align::point},
               {"VOLUME", Align::point},
               {"", Align::left}});
  for (const Candle& candle : candles) {
    table.add({{utc_seconds(candle.open_time_ns), Style::dim},
               {candle.open.str()},
               {candle.high.str()},
               {candle.low.str()},
               {candle.close.str(), Style::bold},
               {candle.volume.empty() ? "-" : printable(candle.volume.view())},
               {remark(candle), Style::dim}});
  }
  return table;
}

}  // namespace

ExitCode run_candles(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  const CandleSeries series = read_series(reader, arguments.words[0], arguments.words[1],
                                          arguments.number, arguments.query());
  const ListResult& list = series.list;
  const Clocks clocks = Clocks::now();

  if (arguments.json) {
    for (const Candle& candle : series.candles) out.write(json_line(candle, series, clocks));
  } else if (list.count > 0) {
    out.write(candles_table(series.candles).text(arguments.colored(out)));
  }
  out.flush();  // What is said about the table comes after it.
  if (list.count == 0) {
    return explain_absence(reader, list.reason, ChannelKind::candles, series.symbol,
                           series.interval);
  }
  if (!list.live())
    complain(verdict(list.freshness, list.reason, "newest candle", true, list.age_ns));
  return exit_code(list.freshness, list.reason);
}

}  // namespace tickcache::cli
