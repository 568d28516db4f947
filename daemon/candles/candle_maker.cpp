#include "daemon/candles/candle_maker.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tickcache::daemon {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

bool brings_all(const Channel& channel) { return channel.symbol == kEverySymbol; }

bool has(const std::vector<Channel>& channels, const Channel& channel) {
  return std::find(channels.begin(), channels.end(), channel) != channels.end();
}

bool has_same_values(const Candle& a, const Candle& b) {
  return a.open.same_value(b.open) && a.high.same_value(b.high) && a.low.same_value(b.low) &&
         a.close.same_value(b.close) && ExactSum(a.volume) == ExactSum(b.volume);
}

/// The stored closed candle of that time, the newest if there are several.
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

/// The closed candles of a series in the segment.
std::vector<Candle> stored_candles(const WritableSegmentView& view, std::uint32_t slot) {
  std::vector<Candle> newest_first;
  const auto ring = view.closed_candles(slot);
  for (std::uint64_t at = ring.head(); at > 0; --at) {
    Candle candle;
    if (ring.read(at, candle) != ReadResult::ok || candle.received_ns == 0) break;
    newest_first.push_back(candle);
  }
  return newest_first;
}

}  // namespace

// --- which series there are

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
    writer_.set_channel(channel.kind, channel.symbol, channel.interval, 0,
                        ChannelState::acknowledged, {}, now);
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
  const std::vector<Candle> closed = stored_candles(view, *series.slot);
  if (std::any_of(closed.begin(), closed.end(),
                  [&](const Candle& one) { return one.open_time_ns >= open.open_time_ns; })) {
    return;
  }
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

// --- ticks

void CandleMaker::on_tick(const Ticker& ticker) {
  const std::uint32_t cell = ticker.symbol_index;
  std::uint32_t first = cell < by_cell_.size() ? by_cell_[cell] : kUnknown;
  if (first == kUnknown) first = attach(cell);
  if (first == kNone) return;
  // A time far in the future is none: it would end the present candle.
  constexpr std::int64_t kAhead = 10'000'000'000;
  const std::int64_t arrival = exchange_time(Time(ticker.received_ns));
  const bool has_time = ticker.exchange_time_ns > 0 && ticker.exchange_time_ns <= arrival + kAhead;
  const std::int64_t time = has_time ? ticker.exchange_time_ns : std::max<std::int64_t>(arrival, 0);
  for (std::uint32_t i = first; i != kNone; i = series_[i].next) {
    if (series_[i].wanted) add_tick(i, ticker, time, arrival);
  }
}

/// Both times are the exchange's.
void CandleMaker::add_tick(std::uint32_t index, const Ticker& ticker, std::int64_t time,
                           std::int64_t arrival) {
  Series& series = series_[index];
  const Decimal price = ticker.price();
  const std::int64_t begin = open_time(time, series.interval->length);
  Making& making = series.at(begin);
  if (making.open_time > begin) return;  // too late for any that is kept
  if (making.open_time < begin) {
    if (begin + series.interval->length.count() <= arrival && is_stored(series, begin)) return;
    if (making.open_time >= 0 && !making.closed) close(index, making);
    making = {};
    making.open_time = begin;
    making.first_time = making.last_time = time;
    making.open = making.high = making.low = making.close = price;
    next_close_ = std::min(next_close_, end_of(series, making) + lag().count());
  }
  if (time < making.first_time) {
    making.first_time = time;
    making.open = price;
  }
  if (time >= making.last_time) {
    making.last_time = time;
    making.close = price;
  }
  if (is_less(making.high, price)) making.high = price;
  if (is_less(price, making.low)) making.low = price;
  if (const auto quantity = ticker.quantity()) {
    making.volume.add(*quantity);
  } else {
    making.volume.add_unknown();
  }
  ++making.trades;
  series.connection = ticker.connection;
  if (making.replaced) return;
  making.changed = true;
  change(index);
}

/// Whether the series has a closed candle of that time. If ticks of it are not known, as after a
/// restart, or of one that the exchange or REST gave, a late one must not take its place.
bool CandleMaker::is_stored(const Series& series, std::int64_t time) const {
  return series.slot &&
         stored_candle(stored_candles(writer_.view(), *series.slot), time).has_value();
}

void CandleMaker::change(std::uint32_t index) {
  if (series_[index].waiting) return;
  series_[index].waiting = true;
  changed_.push_back(index);
}

// --- what is missing

void CandleMaker::set_max_lag(Time max_lag) {
  max_lag_ = max_lag;
  next_close_ = 0;
}

Time CandleMaker::lag() const { return max_lag_ > Time(0) ? max_lag_ : std::chrono::seconds(2); }

void CandleMaker::on_subscribed(const Channel& tickers, Time now) {
  const bool all = tickers.kind == ChannelKind::all_tickers;
  subscribed_at_ = now;
  for (Series& series : series_) {
    if (all || series.symbol == tickers.symbol) series.whole_since = now;
  }
}

void CandleMaker::on_outage(Time last_heard) {
  subscribed_at_ = Time::max();
  for (Series& series : series_) {
    series.whole_since = Time::max();
    lose(series, exchange_time(last_heard));
  }
}

void CandleMaker::on_lost(const SymbolText& symbol, Time now) {
  const auto first = by_symbol_.find(std::string(symbol.view()));
  if (first == by_symbol_.end()) return;
  for (std::uint32_t i = first->second; i != kNone; i = series_[i].next) {
    lose_until_now(series_[i], now);
  }
}

void CandleMaker::on_all_lost(Time now) {
  for (Series& series : series_) lose_until_now(series, now);
}

void CandleMaker::lose_until_now(Series& series, Time now) {
  std::int64_t newest = 0;
  for (const Making& making : series.recent) {
    if (making.open_time >= 0) newest = std::max(newest, making.last_time);
  }
  if (series.whole_since != Time::max()) series.whole_since = now;
  lose(series, newest);
}

/// Ticks of the series may be missing from then on, by the exchange's time.
void CandleMaker::lose(Series& series, std::int64_t from) {
  for (Making& making : series.recent) {
    if (making.open_time < 0 || making.lossy || end_of(series, making) <= from) continue;
    making.lossy = true;
    if (making.replaced) continue;
    making.changed = true;
    change(static_cast<std::uint32_t>(&series - series_.data()));
  }
}

std::int64_t CandleMaker::end_of(const Series& series, const Making& making) const {
  return making.open_time + series.interval->length.count();
}

bool CandleMaker::is_lossy(const Series& series, const Making& making) const {
  return making.lossy || series.whole_since == Time::max() ||
         making.open_time < exchange_time(series.whole_since);
}

// --- closing and storing

void CandleMaker::on_beat(Time now, std::optional<Time> offset) {
  now_ = now;
  measured_ =
      offset && *offset >= unix_offset_ - kMostApart && *offset <= unix_offset_ + kMostApart;
  offset_ = measured_ ? *offset : unix_offset_;
  if (exchange_time(now) >= next_close_) close_due(exchange_time(now));
  store_changed(now);
}

void CandleMaker::close_due(std::int64_t now) {
  next_close_ = kNever;
  for (std::uint32_t i = 0; i < series_.size(); ++i) {
    Series& series = series_[i];
    for (Making& making : series.recent) {
      if (making.open_time < 0 || making.closed) continue;
      const std::int64_t due = end_of(series, making) + lag().count();
      if (due <= now) {
        close(i, making);
      } else {
        next_close_ = std::min(next_close_, due);
      }
    }
  }
}

void CandleMaker::close(std::uint32_t index, Making& making) {
  Series& series = series_[index];
  making.lossy = is_lossy(series, making);
  making.closed = true;
  // The next one was not stored: it would have hidden this one.
  for (Making& one : series.recent) {
    if (one.open_time >= making.open_time && !one.replaced) one.changed = true;
  }
  change(index);
}

void CandleMaker::store_changed(Time now) {
  std::erase_if(changed_, [&](std::uint32_t index) {
    Series& series = series_[index];
    if (series.wanted && now < series.ours_from) return false;
    series.waiting = false;
    if (!series.wanted) return true;
    std::array<Making*, kRecent> in_order{};
    std::transform(series.recent.begin(), series.recent.end(), in_order.begin(),
                   [](Making& making) { return &making; });
    std::sort(in_order.begin(), in_order.end(),
              [](const Making* a, const Making* b) { return a->open_time < b->open_time; });
    for (Making* const making : in_order) {
      if (making->open_time < 0 || (making->closed && !making->changed)) continue;
      const bool is_wanted = std::exchange(making->changed, false) && !making->replaced;
      if (is_wanted) {
        Candle candle;
        candle.open_time_ns = making->open_time;
        candle.open = making->open;
        candle.high = making->high;
        candle.low = making->low;
        candle.close = making->close;
        candle.volume = making->volume.text();
        candle.closed = making->closed ? 1 : 0;
        candle.origin = static_cast<std::uint8_t>(Source::ticks);
        const bool lossy = making->closed ? making->lossy : is_lossy(series, *making);
        if (lossy) candle.flags |= Candle::kIncomplete;
        if (store(series, candle, now)) tell_origin(series, Source::ticks);
      }
      if (!making->closed) break;  // one open candle at a time
    }
    return true;
  });
}

bool CandleMaker::store(Series& series, const Candle& candle, Time now) {
  if (!series.slot) series.slot = writer_.add_series(series.symbol, series.name);
  if (!series.slot) {
    series.wanted = false;  // there is no room
    return false;
  }
  writer_.candle(*series.slot, series.connection, candle, now.count());
  return true;
}

void CandleMaker::tell_origin(const Series& series, Source origin) {
  if (series.of_all) return;
  writer_.set_channel_origin(ChannelKind::candles, series.symbol, series.name, origin);
}

// --- the exchange's own candles

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
