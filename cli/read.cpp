#include "cli/print/candle_series.hpp"
#include "encode/records.hpp"

#include "cli/print/text.hpp"
#include "encode/json.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

template <class Line>
void fill(Line& line, const Candle& candle, const CandleSeries& series, const Clocks& clocks) {
  add_candle(line, series.symbol, series.interval, candle);
  line.boolean("closed", candle.closed != 0);
  line.milliseconds("age_ms", clocks.age(candle.received_ns));
  line.text("freshness", to_string(series.list.freshness));
}

}  // namespace

CandleSeries read_series(Reader& reader, std::string_view symbol, std::string_view interval,
                         std::size_t count, const Query& query) {
  CandleSeries series{upper_case(symbol), std::string(interval), {}, {}};
  series.candles.resize(count);
  series.list = reader.candles(series.symbol, series.interval, series.candles, query);
  series.candles.resize(series.list.count);
  return series;
}

std::string json_line(const Candle& candle, const CandleSeries& series, const Clocks& clocks) {
  JsonLine line;
  fill(line, candle, series, clocks);
  return line.finish();
}

CsvLine csv_line(const Candle& candle, const CandleSeries& series, const Clocks& clocks) {
  CsvLine line;
  fill(line, candle, series, clocks);
  return line;
}

}  // namespace tickcache::cli
