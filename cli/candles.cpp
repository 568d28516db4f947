// tickcache candles: the latest candles of a symbol.
#include <fmt/format.h>

#include "cli/absence.hpp"
#include "cli/commands.hpp"
#include "cli/describe.hpp"
#include "cli/format.hpp"
#include "cli/json.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"

namespace tickcache::cli {
namespace {

struct Series {
  std::string symbol;
  std::string interval;
  std::vector<Candle> candles;
  ListResult list;
};

Series read_series(Reader& reader, const Arguments& arguments) {
  Series series{upper_case(arguments.words[0]), arguments.words[1], {}, {}};
  series.candles.resize(arguments.number);
  series.list = reader.candles(series.symbol, series.interval, series.candles, arguments.query());
  series.candles.resize(series.list.count);
  return series;
}

std::string json_line(const Candle& candle, const Series& series, const Clocks& clocks) {
  JsonLine json;
  json.text("symbol", series.symbol);
  json.text("interval", series.interval);
  json.time("open_time", candle.open_time_ns);
  json.decimal("open", candle.open);
  json.decimal("high", candle.high);
  json.decimal("low", candle.low);
  json.decimal("close", candle.close);
  json.text_or_null("volume", candle.volume.view());
  json.boolean("closed", candle.closed != 0);
  json.milliseconds("age_ms", clocks.age(candle.received_ns));
  json.text("freshness", to_string(series.list.freshness));
  return json.finish();
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
               {candle.closed != 0 ? "" : "open", Style::dim}});
  }
  return table;
}

}  // namespace

ExitCode run_candles(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  const Series series = read_series(reader, arguments);
  const ListResult& list = series.list;
  const Clocks clocks = Clocks::now();

  if (arguments.json) {
    for (const Candle& candle : series.candles) out.write(json_line(candle, series, clocks));
  } else if (list.count > 0) {
    out.write(candles_table(series.candles).text(Table::Header::yes, arguments.colored(out)));
  }
  out.flush();  // What is said about the table comes after it.
  if (list.count == 0) {
    explain_absence(reader, list.reason, ChannelKind::candles, series.symbol, series.interval);
  } else if (!list.live()) {
    complain(verdict(list.freshness, list.reason, "newest candle", true, list.age_ns));
  }
  return exit_code(list.freshness, list.reason);
}

}  // namespace tickcache::cli
