// Which series of candles are made of ticks.
#include <algorithm>
#include <utility>

#include "daemon/candles/candle_maker.hpp"
#include "daemon/candles/stored_candles.hpp"

namespace tickcache::daemon {
namespace {

constexpr std::string_view kImpossible =
    "not asked for, and no ticks to make it of: see symbols and candles-from";

bool brings_all(const Channel& channel) { return channel.symbol == kEverySymbol; }

bool has(const std::vector<Channel>& channels, const Channel& channel) {
  return std::find(channels.begin(), channels.end(), channel) != channels.end();
}

}  // namespace

void CandleMaker::want(const Wanted& wanted) {
  const std::int64_t now = now_.count();
  const auto was = unrequested_;
  wanted_at_ = now_ + std::chrono::seconds(1);  // more than a beat
  for (Series& series : series_) series.was_wanted = std::exchange(series.wanted, false);
  of_all_.clear();
  unrequested_.clear();
  for (const Channel& channel : wanted.made_candles) {
    const bool requested = has(wanted.candles, channel);
    if (!requested) unrequested_.push_back(channel);
    if (brings_all(channel)) {
      of_all_.push_back(channel);
    } else {
      Series& series = series_[add(channel.symbol, channel.interval)];
      series.of_all = false;
      if (!requested) series.ours_from = Time(0);
    }
  }
  unrequested_.insert(unrequested_.end(), wanted.impossible_candles.begin(),
                      wanted.impossible_candles.end());
  by_cell_.assign(of_all_.empty() ? 0 : writer_.view().symbol_count(), kUnknown);
  for (std::uint32_t cell = 0; cell < by_cell_.size(); ++cell) attach(cell);
  for (const Series& series : series_) {
    if (series.wanted || !series.slot) continue;
    const Channel channel{ChannelKind::candles, series.symbol, series.name};
    if (has(wanted.candles, channel)) continue;
    writer_.drop_channel(ChannelKind::candles, series.symbol, series.name, now);
  }
  for (const Channel& channel : was) {
    if (has(unrequested_, channel)) continue;
    writer_.drop_channel(channel.kind, channel.symbol, channel.interval, now);
  }
  for (const Channel& channel : unrequested_) {
    const bool impossible = has(wanted.impossible_candles, channel);
    writer_.set_channel(channel.kind, channel.symbol, channel.interval, 0,
                        impossible ? ChannelState::refused : ChannelState::acknowledged,
                        impossible ? kImpossible : std::string_view(), now);
    writer_.set_channel_origin(channel.kind, channel.symbol, channel.interval, Source::ticks);
  }
}

std::uint32_t CandleMaker::add(const SymbolText& symbol, const IntervalText& interval) {
  const auto [first, is_new] = by_symbol_.try_emplace(std::string(symbol.view()), kNone);
  for (std::uint32_t i = first->second; i != kNone; i = series_[i].next) {
    if (series_[i].name != interval) continue;
    Series& series = series_[i];
    if (!series.wanted && !series.was_wanted) series.whole_since = whole_since();
    series.wanted = true;
    return i;
  }
  const auto index = static_cast<std::uint32_t>(series_.size());
  Series& series = series_.emplace_back();
  series.symbol = symbol;
  series.name = interval;
  series.interval = made_interval(interval.view());
  series.next = first->second;
  first->second = index;
  changed_.reserve(series_.size());
  series.whole_since = whole_since();
  series.slot = writer_.view().find_series(SymbolKey::from(symbol.view()), interval);
  if (series.slot) adopt(series);
  return index;
}

/// Of a series that begins now. Ticks that came before it was wanted were not added.
Time CandleMaker::whole_since() const {
  return subscribed_at_ == Time::max() ? Time::max() : std::max(subscribed_at_, wanted_at_);
}

/// Goes on with the candle that the run before was making.
void CandleMaker::adopt(Series& series) {
  const WritableSegmentView& view = writer_.view();
  Candle open;
  if (!view.open_candle(*series.slot).latest(open) || open.received_ns == 0) return;
  if (open.origin != static_cast<std::uint8_t>(Source::ticks) || open.open_time_ns < 0) return;
  const auto ends_it = [&](const Candle& one) { return one.open_time_ns >= open.open_time_ns; };
  if (find_stored(view, *series.slot, ends_it)) return;
  const std::int64_t time = open_time(open.open_time_ns, series.interval->length);
  Making& making = series.at(time);
  making = {};
  making.open_time = making.first_time = making.last_time = time;
  making.open = open.open;
  making.high = open.high;
  making.low = open.low;
  making.close = open.close;
  making.volume = ExactSum(open.volume);
  making.lossy = true;
  next_close_ = 0;
}

/// Finds the series of a cell's symbol.
std::uint32_t CandleMaker::attach(std::uint32_t cell) {
  if (by_cell_.size() <= cell) by_cell_.resize(cell + std::size_t{1}, kUnknown);
  const SymbolText symbol = writer_.view().symbol(cell);
  for (const Channel& channel : of_all_) {
    if (find(symbol, channel.interval) != nullptr) continue;  // it is wanted by itself
    Series& series = series_[add(symbol, channel.interval)];
    series.of_all = true;
    series.ours_from = Time(0);
  }
  const auto first = by_symbol_.find(std::string(symbol.view()));
  return by_cell_[cell] = first == by_symbol_.end() ? kNone : first->second;
}

CandleMaker::Series* CandleMaker::find(const SymbolText& symbol, const IntervalText& interval) {
  const auto first = by_symbol_.find(std::string(symbol.view()));
  if (first == by_symbol_.end()) return nullptr;
  for (std::uint32_t i = first->second; i != kNone; i = series_[i].next) {
    if (series_[i].name == interval && series_[i].wanted) return &series_[i];
  }
  return nullptr;
}

bool CandleMaker::makes_alone(const Channel& channel) const { return has(unrequested_, channel); }

CandleMaker::SeriesView CandleMaker::series(std::size_t i) const {
  const Series& series = series_[i];
  return {series.symbol, series.interval, series.wanted, series.of_all, series.ours_from};
}

}  // namespace tickcache::daemon
