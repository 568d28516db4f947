#include "encode/read.hpp"

#include <algorithm>

#include "encode/status.hpp"

namespace tickcache::encode {
namespace {

/// In upper case, if it is a symbol.
std::string shown(const Reader& reader, std::string_view symbol) {
  const SymbolHandle handle = reader.handle(symbol);
  return std::string(handle.symbol().empty() ? symbol : handle.symbol());
}

}  // namespace

std::unique_ptr<Status> read_status(Reader& reader) {
  auto status = std::make_unique<Status>();
  reader.status(*status);
  return status;
}

std::vector<TickerRow> read_symbols(Reader& reader, const std::vector<std::string>& symbols,
                                    const Query& query) {
  std::vector<TickerRow> rows;
  rows.reserve(symbols.size());
  for (const std::string& symbol : symbols)
    rows.push_back({shown(reader, symbol), reader.ticker(symbol, query)});
  return rows;
}

std::vector<TickerRow> read_all(Reader& reader, const Query& query) {
  constexpr std::size_t kHeadroom = 64;  // symbols that may appear meanwhile
  std::vector<SymbolTicker> elements;
  std::size_t count = reader.symbol_count();
  do {
    elements.resize(count + kHeadroom);
    count = reader.snapshot(elements, query);
  } while (count > elements.size());
  elements.resize(count);
  std::vector<TickerRow> rows;
  rows.reserve(count);
  for (const SymbolTicker& element : elements)
    rows.push_back({std::string(element.symbol.view()), element.ticker});
  std::sort(rows.begin(), rows.end(),
            [](const TickerRow& a, const TickerRow& b) { return a.symbol < b.symbol; });
  return rows;
}

std::vector<std::pair<std::string, std::string>> candle_series(Reader& reader,
                                                               const Status& status) {
  std::vector<std::pair<std::string, std::string>> series;
  for (const ChannelStatus& channel : channels_of(status)) {
    if (channel.kind != ChannelKind::candles || is_of_all(channel)) continue;
    series.emplace_back(channel.symbol.view(), channel.interval.view());
  }
  const auto named = static_cast<std::ptrdiff_t>(series.size());
  for (const ChannelStatus& channel : channels_of(status)) {
    if (!is_of_all(channel)) continue;
    for (const TickerRow& row : read_all(reader, {})) {
      std::pair<std::string, std::string> one(row.symbol, channel.interval.view());
      const auto end = series.begin() + named;
      if (std::find(series.begin(), end, one) == end) series.push_back(std::move(one));
    }
  }
  return series;
}

CandleSeries read_series(Reader& reader, std::string_view symbol, std::string_view interval,
                         std::size_t count, const Query& query) {
  CandleSeries series{shown(reader, symbol), std::string(interval), {}, {}};
  series.candles.resize(count);
  series.list = reader.candles(series.symbol, series.interval, series.candles, query);
  series.candles.resize(series.list.count);
  return series;
}

}  // namespace tickcache::encode
