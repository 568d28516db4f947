#include "daemon/candles/candle_maker.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "daemon/candles/stored_candles.hpp"

namespace tickcache::daemon {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// Assigns member by member: a wide copy of a Decimal whose members were just written stalls until
/// they have reached the cache.
void set(Decimal& to, const Decimal& value) {
  to.mantissa = value.mantissa;
  to.scale = value.scale;
}

}  // namespace

// --- ticks

void CandleMaker::on_tick(std::uint32_t cell, const Ticker& ticker, std::uint8_t connection,
                          Time now) {
  std::uint32_t first = cell < by_cell_.size() ? by_cell_[cell] : kUnknown;
  if (first == kUnknown) first = attach(cell);
  if (first == kNone) return;
  // A time far in the future is none: it would end the present candle.
  constexpr std::int64_t kAhead = 10'000'000'000;
  const std::int64_t arrival = exchange_time(now);
  const bool has_time = ticker.exchange_time_ns > 0 && ticker.exchange_time_ns <= arrival + kAhead;
  const std::int64_t time = has_time ? ticker.exchange_time_ns : std::max<std::int64_t>(arrival, 0);
  for (std::uint32_t i = first; i != kNone; i = series_[i].next) {
    if (!series_[i].wanted) continue;
    series_[i].connection = connection;
    add_tick(i, ticker, time, arrival);
  }
}

/// Both times are the exchange's.
void CandleMaker::add_tick(std::uint32_t index, const Ticker& ticker, std::int64_t time,
                           std::int64_t arrival) {
  Series& series = series_[index];
  // Nearly every tick belongs to the same candle as the one before: no division.
  if (!series.contains(series.recent[series.last], time) &&
      !turn_to(index, ticker, time, arrival)) {
    return;
  }
  Making& making = series.recent[series.last];
  const Decimal price = ticker.price();
  if (time >= making.last_time) {
    making.last_time = time;
    set(making.close, price);
  } else if (time < making.first_time) {
    making.first_time = time;
    set(making.open, price);
  }
  if (making.high < price) set(making.high, price);
  if (price < making.low) set(making.low, price);
  if ((ticker.flags & Ticker::kHasQuantity) != 0) {  // quantity() is copied whole, as above
    making.volume.add(Decimal{ticker.quantity_mantissa, ticker.quantity_scale, {}});
  } else {
    making.volume.add_unknown();
  }
  ++making.trades;
  if (making.replaced) return;
  making.changed = true;
  change(index);
}

/// Makes the candle of `time` the series' last one; begins it if it is new. False if the tick must
/// not be added.
bool CandleMaker::turn_to(std::uint32_t index, const Ticker& ticker, std::int64_t time,
                          std::int64_t arrival) {
  Series& series = series_[index];
  const std::int64_t begin = open_time(time, series.interval->length);
  Making& making = series.at(begin);
  if (making.open_time > begin) return false;  // too late for any that is kept
  if (making.open_time < begin) {
    const std::int64_t end = begin + series.interval->length.count();
    if (end <= arrival && is_stored(series, begin)) return false;
    if (making.open_time >= 0 && !making.closed) close(index, making);
    making = {};
    making.open_time = begin;
    making.first_time = making.last_time = time;
    making.open = making.high = making.low = making.close = ticker.price();
    next_close_ = std::min(next_close_, end_of(series, making) + lag().count());
  }
  series.last = static_cast<std::uint8_t>(&making - series.recent.data());
  return true;
}

/// Whether the series has a closed candle of that time. If ticks of it are not known, as after a
/// restart, or of one that the exchange or REST gave, a late one must not take its place.
bool CandleMaker::is_stored(const Series& series, std::int64_t time) const {
  return series.slot && find_stored(writer_.view(), *series.slot,
                                    [&](const Candle& one) { return one.open_time_ns == time; });
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

}  // namespace tickcache::daemon
