#include "libcache/feed/feed_cursor.hpp"

#include <algorithm>
#include <utility>

#include "libcache/segment/clock.hpp"

namespace tickcache {

namespace {

bool same_candle(const Candle& a, const Candle& b) noexcept {
  return a.open_time_ns == b.open_time_ns && a.open == b.open && a.high == b.high &&
         a.low == b.low && a.close == b.close && a.volume == b.volume;
}

}  // namespace

// --- requests

void FeedCursor::want_ticks() {
  if (every_.active() || latest_.active() || !view()) return;
  for (std::size_t i = 0; i < kMaxConnections; ++i) {
    // Pairs with the writer's change of state: ticks of that epoch come after it.
    epochs_[i] = layout::session_epoch(view().status().sessions[i].load(std::memory_order_acquire));
  }
}

void FeedCursor::want_all(Delivery delivery) {
  want_ticks();
  ticks(delivery).want_all(view(), boot_now());
}

std::int32_t FeedCursor::want_symbol(const SymbolText& symbol, Delivery delivery) {
  want_ticks();
  return ticks(delivery).want(view(), symbol, boot_now());
}

std::int32_t FeedCursor::want_candles(const SymbolText& symbol, const IntervalText& interval) {
  for (std::size_t i = 0; i < series_.size(); ++i) {
    if (series_[i].symbol == symbol && series_[i].interval == interval) {
      return static_cast<std::int32_t>(i);
    }
  }
  Series& series = series_.emplace_back();
  series.symbol = symbol;
  series.interval = interval;
  series.cursor.begin_at(boot_now());
  if (view()) {
    series.find_in(view());
    if (series.index) series.cursor.begin_behind(view().closed_candles(*series.index), boot_now());
  }
  return static_cast<std::int32_t>(series_.size() - 1);
}

void FeedCursor::want_orders() {
  if (std::exchange(wants_orders_, true)) return;
  if (!view()) return orders_.begin_at(boot_now());
  // The mark first: an order that arrives in between carries the gap itself.
  order_gap_seen_ = view().order_gap().head();
  orders_.begin_behind(view().orders(), boot_now());
}

void FeedCursor::want_portfolio() {
  if (std::exchange(wants_portfolio_, true)) return;
  if (!view()) return portfolios_.begin_at(boot_now());
  portfolios_.begin_behind(view().portfolio(), boot_now());
}

void FeedCursor::want_status() {
  wants_status_ = true;
  status_due_ = true;
}

// --- taking

FeedCursor::Kind FeedCursor::next() {
  constexpr int kMaxLooks = 256;  // a tape of the usual size, a window at a time
  bool more = true;
  for (int looks = 0;;) {
    if (const Kind kind = pending(); kind != Kind::none) return kind;
    if (take()) continue;
    looked_ = true;
    if (!more || ++looks > kMaxLooks) return Kind::none;
    // refresh() reads the wake word, so everything is checked once more after it.
    more = refresh();
  }
}

/// The gaps before a record, then the record.
FeedCursor::Kind FeedCursor::pending() noexcept {
  if (next_gap_ < gaps_.size()) {
    gap_ = gaps_[next_gap_++];
    return Kind::gap;
  }
  gaps_.clear();
  next_gap_ = 0;
  return std::exchange(ready_, Kind::none);
}

/// Makes the next record, or gap, pending. Ticks come last: they never end.
bool FeedCursor::take() {
  if (!view()) return false;
  return take_order() || take_portfolio() || take_candle() || take_tick();
}

bool FeedCursor::take_order() {
  if (!wants_orders_) return false;
  if (take_order_gap()) return true;
  LogTaken taken;
  if (!orders_.take(view().orders(), order_.order, taken)) return false;
  taken.reconnected =
      order_.order.gap_since_ns != 0 && order_.order.gap_since_ns != order_gap_since_ns_;
  add_log_gaps(ChannelKind::orders, taken);
  if (taken.reconnected) gaps_.back().since_unix_ns = order_.order.gap_since_ns;
  order_.position = taken.position;
  order_.missed = taken.missed;
  ready_ = Kind::order;
  return true;
}

/// A gap in the account's orders is reported when the connection is up again, not with the next
/// order, which may come much later.
bool FeedCursor::take_order_gap() {
  const auto marks = view().order_gap();
  if (marks.head() == order_gap_seen_) return false;
  const std::uint64_t head = marks.head();
  layout::Gap mark;
  if (marks.read(head, mark) != ReadResult::ok) return false;
  if (mark.position + 1 > orders_.next()) return false;  // orders before it come first
  order_gap_seen_ = head;
  // Epoch 0: from a daemon that has not connected yet. An order after the gap carries it itself.
  if (mark.epoch == 0 || mark.position + 1 != orders_.next()) return false;
  order_gap_since_ns_ = mark.since_unix_ns;
  add_gap(ChannelKind::orders, GapCause::reconnected, 0).since_unix_ns = mark.since_unix_ns;
  return true;
}

bool FeedCursor::take_portfolio() {
  LogTaken taken;
  if (!wants_portfolio_ || !portfolios_.take(view().portfolio(), portfolio_.portfolio, taken)) {
    return false;
  }
  taken.not_stored = (portfolio_.portfolio.flags & Portfolio::kMissingBefore) != 0;
  add_log_gaps(ChannelKind::portfolio, taken);
  portfolio_.position = taken.position;
  portfolio_.missed = taken.missed;
  ready_ = Kind::portfolio;
  return true;
}

bool FeedCursor::take_candle() {
  if (series_.empty()) return false;
  if (const std::uint32_t count = view().series_count(); count != series_count_) {
    series_count_ = count;
    for (Series& series : series_) {
      if (series.index) continue;
      series.find_in(view());
      if (series.index) series.cursor.begin_before(view().closed_candles(*series.index));
    }
  }
  for (std::size_t i = 0; i < series_.size(); ++i) {
    if (!take_candle(series_[i])) continue;
    candle_number_ = static_cast<std::int32_t>(i);
    return true;
  }
  return false;
}

bool FeedCursor::take_candle(Series& series) {
  if (!series.index) return false;
  const auto log = view().closed_candles(*series.index);
  LogTaken taken;
  while (series.cursor.take(log, candle_.candle, taken)) {
    const bool repeated = series.last.received_ns != 0 && same_candle(series.last, candle_.candle);
    series.last = candle_.candle;
    series.missed += taken.missed;
    series.reconnected |= taken.reconnected;
    series.not_stored |= (candle_.candle.flags & Candle::kMissingBefore) != 0;
    if (repeated) continue;
    taken.missed = std::exchange(series.missed, 0);
    taken.reconnected = std::exchange(series.reconnected, false);
    taken.not_stored = std::exchange(series.not_stored, false);
    add_log_gaps(ChannelKind::candles, taken, &series);
    candle_.symbol = series.symbol;
    candle_.interval = series.interval;
    candle_.missed = taken.missed;
    ready_ = Kind::candle;
    return true;
  }
  return false;
}

bool FeedCursor::take_tick() {
  if (!every_.take(view(), tick_)) {
    if (!latest_.take(view(), tick_)) return false;
    tick_.again = every_.wants(tick_.tick.ticker.symbol_index);
  }
  ready_ = Kind::tick;
  const Ticker& ticker = tick_.tick.ticker;
  std::uint32_t& epoch = epochs_[ticker.connection % kMaxConnections];
  // Epochs only grow. That of a latest tick may be ahead of the tape's.
  if (epoch != 0 && ticker.epoch > epoch) {
    add_gap(ChannelKind::all_tickers, GapCause::reconnected, tick_.since_ns);
  }
  epoch = std::max(epoch, ticker.epoch);
  // Requests of the latest tick have no gap. If every tick was requested too, that has the gap.
  if (tick_.delivery == Delivery::latest || tick_.again) return true;
  const std::uint64_t not_stored = std::min<std::uint64_t>(ticker.not_stored, tick_.tick.missed);
  if (not_stored > 0) {
    FeedGap& gap = add_gap(ChannelKind::all_tickers, GapCause::not_stored, tick_.since_ns);
    gap.missed = not_stored;
    gap.symbol = tick_.tick.symbol;
  }
  if (tick_.tick.missed > not_stored) {
    FeedGap& gap = add_gap(ChannelKind::all_tickers, GapCause::lapped, tick_.since_ns);
    gap.missed = tick_.tick.missed - not_stored;
    if (!tick_.for_all) gap.symbol = tick_.tick.symbol;
  }
  missed_ += tick_.tick.missed;
  return true;
}

// --- gaps

FeedGap& FeedCursor::add_gap(ChannelKind channel, GapCause cause, std::int64_t since_boot_ns) {
  FeedGap& gap = gaps_.emplace_back();
  gap.channel = channel;
  gap.cause = cause;
  gap.since_unix_ns = age_between(unix_now(), age_between(boot_now(), since_boot_ns));
  return gap;
}

/// `series` is that of candles.
void FeedCursor::add_log_gaps(ChannelKind channel, const LogTaken& taken, const Series* series) {
  const auto add = [&](GapCause cause) -> FeedGap& {
    FeedGap& gap = add_gap(channel, cause, taken.since_ns);
    if (series != nullptr) {
      gap.symbol = series->symbol;
      gap.interval = series->interval;
    }
    return gap;
  };
  if (taken.missed > 0) add(GapCause::lapped).missed = taken.missed;
  if (taken.reconnected) {
    add(GapCause::reconnected);
  } else if (taken.not_stored) {
    add(GapCause::not_stored);
  }
  missed_ += taken.missed;
}

void FeedCursor::add_restart_gaps() {
  if (every_.active() || latest_.active()) {
    const std::int64_t last_ns = std::max(every_.last_ns(), latest_.last_ns());
    add_gap(ChannelKind::all_tickers, GapCause::restarted, last_ns);
  }
  if (wants_orders_) add_gap(ChannelKind::orders, GapCause::restarted, orders_.last_ns());
  if (wants_portfolio_) {
    add_gap(ChannelKind::portfolio, GapCause::restarted, portfolios_.last_ns());
  }
  for (const Series& series : series_) {
    FeedGap& gap = add_gap(ChannelKind::candles, GapCause::restarted, series.cursor.last_ns());
    gap.symbol = series.symbol;
    gap.interval = series.interval;
  }
}

}  // namespace tickcache
