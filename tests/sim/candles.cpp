#include "sim/candles.hpp"

#include <algorithm>
#include <optional>

#include "sim/fixed_point.hpp"
#include "sim/json_text.hpp"

namespace tickcache::sim {
namespace {

constexpr std::int64_t kHistory = 1000;
constexpr std::int64_t kMostVolume = std::int64_t{1} << 60;

std::int64_t interval_length(std::string_view interval) {
  constexpr std::int64_t kMinute = 60'000;
  if (interval == "1m") return kMinute;
  if (interval == "5m") return 5 * kMinute;
  if (interval == "15m") return 15 * kMinute;
  if (interval == "1h") return 60 * kMinute;
  if (interval == "4h") return 240 * kMinute;
  return 1440 * kMinute;
}

}  // namespace

CandleBook::CandleBook(const Options& options)
    : dialect_(options.dialect),
      close_every_ms_(options.candle_every.count()),
      by_symbol_(options.symbols) {}

void CandleBook::watch(const std::string& channel, const Market& market, std::int64_t now_ms) {
  if (series_.count(channel) > 0) return;
  const std::size_t first = channel.find(':');
  const std::size_t last = channel.rfind(':');
  const std::string symbol = channel.substr(first + 1, last - first - 1);
  const std::string interval = channel.substr(last + 1);
  const std::optional<std::uint32_t> index = market.find(symbol);
  if (!index) return;
  const std::int64_t length = interval_length(interval);
  const std::int64_t present = now_ms / length * length;
  const std::int64_t begin = close_every_ms_ < length ? present - kHistory * length : present;
  const std::int64_t price = market.price(*index);
  const auto added =
      series_.emplace(channel, Series{symbol, interval, length, begin, market.digits(*index), price,
                                      price, price, price, 0});
  by_symbol_[*index].push_back(&added.first->second);
}

void CandleBook::on_tick(const Tick& tick) {
  for (Series* series : by_symbol_[tick.symbol]) {
    series->high = std::max(series->high, tick.price);
    series->low = std::min(series->low, tick.price);
    series->close = tick.price;
    series->volume = std::min(series->volume + tick.quantity, kMostVolume);
  }
}

std::string CandleBook::open_candle(const std::string& channel) const {
  const auto found = series_.find(channel);
  // The specification delivers a candle when it closes, not before.
  if (found == series_.end() || dialect_ == Dialect::spec) return {};
  return message(found->second, false);
}

std::string CandleBook::close_candle(const std::string& channel) {
  const auto found = series_.find(channel);
  if (found == series_.end()) return {};
  Series& series = found->second;
  std::string text = message(series, true);
  series.time_ms += series.interval_ms;
  series.open = series.high = series.low = series.close;
  series.volume = 0;
  return text;
}

std::string CandleBook::message(const Series& series, bool is_closed) const {
  const auto price = [&](std::int64_t mantissa) { return fixed_text(mantissa, series.digits); };
  const std::string volume = fixed_text(series.volume, 8);
  std::string out;
  if (dialect_ == Dialect::spec) {
    ObjectText(out, false)
        .text("type", "candle")
        .text("symbol", series.symbol)
        .text("interval", series.interval)
        .text("open", price(series.open))
        .plain("high", price(series.high))
        .plain("low", price(series.low))
        .text("close", price(series.close))
        .text("volume", volume)
        .text("open_time", iso_time(series.time_ms))
        .end();
    return out;
  }
  std::string data;
  ObjectText(data, true)
      .text("time", iso_time(series.time_ms))
      .text("open", price(series.open))
      .text("high", price(series.high))
      .text("low", price(series.low))
      .text("close", price(series.close))
      .text("volume", volume)
      .plain("is_closed", is_closed ? "true" : "false")
      .end();
  ObjectText(out, true)
      .text("channel", "candles")
      .text("symbol", series.symbol)
      .text("interval", series.interval)
      .plain("data", data)
      .end();
  return out;
}

}  // namespace tickcache::sim
