// tickcache export: all tickers, or all candles, for other programs.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "encode/csv.hpp"
#include "encode/read.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

/// More than a segment keeps of a series.
constexpr std::size_t kAllCandles = 1000;

std::string formatted(const std::string& json, const Arguments& arguments) {
  return arguments.json ? json : csv_line(json);
}

std::string tickers(Reader& reader, const Arguments& arguments) {
  std::string text;
  if (!arguments.json) text = csv_header(json_line({}, Result<Ticker>()));
  for (const TickerRow& row : read_all(reader, arguments.query()))
    text += formatted(json_line(row.symbol, row.ticker), arguments);
  return text;
}

std::string candles(Reader& reader, const Status& status, const Arguments& arguments) {
  const Clocks clocks = Clocks::now();
  std::string text;
  if (!arguments.json) text = csv_header(json_line(Candle{}, {}, clocks));
  for (const auto& [symbol, interval] : candle_series(reader, status)) {
    const CandleSeries series =
        read_series(reader, symbol, interval, kAllCandles, arguments.query());
    for (const Candle& candle : series.candles)
      text += formatted(json_line(candle, series, clocks), arguments);
  }
  return text;
}

}  // namespace

ExitCode run_export(const Arguments& arguments, Output& out) {
  const std::string what = arguments.words.empty() ? "tickers" : arguments.words[0];
  if (what != "tickers" && what != "candles")
    throw UsageError(fmt::format("\"{}\" is not tickers or candles", printable(what)));
  Reader reader(arguments.segment);
  const auto status = read_status(reader);
  if (status->reason == Reason::no_segment) {
    complain(no_segment_verdict(reader));
    return ExitCode::no_segment;
  }
  const std::string text =
      what == "tickers" ? tickers(reader, arguments) : candles(reader, *status, arguments);
  arguments.file.empty() ? out.write(text) : replace_file(arguments.file, text);
  return exit_code(status->feed, status->reason);
}

}  // namespace tickcache::cli
