// What the exchange's own candles do to those that are made of ticks.
#include <algorithm>

#include "daemon/candles/candle_maker.hpp"
#include "daemon/candles/stored_candles.hpp"

namespace tickcache::daemon {
namespace {

bool has_same_values(const Candle& a, const Candle& b) {
  return a.open == b.open && a.high == b.high && a.low == b.low && a.close == b.close &&
         ExactSum(a.volume) == ExactSum(b.volume);
}

/// All that are stored, newest first.
std::vector<Candle> stored_candles(const WritableSegmentView& view, std::uint32_t slot) {
  std::vector<Candle> stored;
  find_stored(view, slot, [&](const Candle& one) {
    stored.push_back(one);
    return false;
  });
  return stored;
}

/// The stored candle of that time, the newest if there are several.
std::optional<Candle> stored_candle(const std::vector<Candle>& newest_first, std::int64_t time) {
  const auto at = std::find_if(newest_first.begin(), newest_first.end(),
                               [&](const Candle& one) { return one.open_time_ns == time; });
  if (at == newest_first.end()) return std::nullopt;
  return *at;
}

/// Older than all that are stored.
bool is_older(std::int64_t time, const std::vector<Candle>& stored) {
  return std::all_of(stored.begin(), stored.end(),
                     [&](const Candle& one) { return time < one.open_time_ns; });
}

}  // namespace

void CandleMaker::on_requested(const Channel& channel, Time now) {
  Series* const series = find(channel.symbol, channel.interval);
  if (series != nullptr) series->ours_from = std::min(series->ours_from, now + kPatience);
}

bool CandleMaker::on_refused(const Channel& channel) {
  Series* const series = find(channel.symbol, channel.interval);
  if (series == nullptr) return false;
  series->ours_from = Time(0);
  tell_origin(*series, Source::ticks);
  return true;
}

void CandleMaker::on_exchange_candle(const CandleEvent& event, Time now) {
  writer_.set_channel_origin(ChannelKind::candles, event.symbol, event.interval, Source::websocket);
  Series* const series = find(event.symbol, event.interval);
  if (series == nullptr) return;
  series->ours_from = now + 2 * series->interval->length;
  if (!series->slot) {
    series->slot = writer_.view().find_series(SymbolKey::from(event.symbol.view()), event.interval);
  }
  Making& making = series->at(std::max<std::int64_t>(event.candle.open_time_ns, 0));
  if (making.open_time == event.candle.open_time_ns && event.candle.closed != 0) {
    making.replaced = true;
  }
}

void CandleMaker::on_answer(std::size_t index, const std::vector<AnsweredCandle>& candles,
                            Time now) {
  Series& series = series_[index];
  if (!series.wanted) return;
  const auto stored =
      series.slot ? stored_candles(writer_.view(), *series.slot) : std::vector<Candle>();
  for (const AnsweredCandle& answered : candles) {
    Candle candle = answered.candle;
    const std::int64_t time = candle.open_time_ns;
    if (time < 0 || time != open_time(time, series.interval->length)) continue;
    const Time since_end{exchange_time(now) - time - series.interval->length.count()};
    if (since_end < kAggregatesLag) continue;
    candle.closed = 1;
    candle.origin = static_cast<std::uint8_t>(Source::rest);
    const auto known = stored_candle(stored, time);
    Making& making = series.at(time);
    const bool is_made = making.open_time == time;
    if (is_made) {
      if (making.replaced || (answered.trades < making.trades && !making.lossy)) continue;
      making.replaced = true;
    } else if (known && known->origin == static_cast<std::uint8_t>(Source::websocket)) {
      continue;
    }
    if (!is_made && is_older(time, stored)) candle.flags |= Candle::kHistory;
    if (known && known->is_complete() && has_same_values(*known, candle)) continue;
    if (!store(series, candle, now)) return;
  }
}

std::optional<std::int64_t> CandleMaker::incomplete_end(std::size_t index) const {
  std::optional<std::int64_t> oldest;
  const Series& series = series_[index];
  for (const Making& making : series.recent) {
    if (making.open_time < 0 || !making.closed || !making.lossy || making.replaced) continue;
    const std::int64_t end = end_of(series, making);
    if (!oldest || end < *oldest) oldest = end;
  }
  return oldest;
}

}  // namespace tickcache::daemon
