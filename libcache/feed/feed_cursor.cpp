#include "libcache/feed/feed_cursor.hpp"

#include <algorithm>
#include <utility>

#include "libcache/segment/clock.hpp"

namespace tickcache {

namespace {

/// Interval at which a running daemon is checked while nothing else happens.
constexpr std::int64_t kLookEvery = 250'000'000;

bool is_same_run(const SegmentView& a, const SegmentView& b) noexcept {
  // The salt is random for each run, and kept when a run publishes its segment again.
  return a.header().fingerprint_salt == b.header().fingerprint_salt &&
         a.header().created_unix_ns == b.header().created_unix_ns;
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
  const auto known = std::find_if(series_.begin(), series_.end(), [&](const Series& series) {
    return series.symbol == symbol && series.interval == interval;
  });
  const auto number = static_cast<std::int32_t>(known - series_.begin());
  if (known != series_.end() && known->wanted) return number;
  Series& series = known != series_.end() ? *known : series_.emplace_back();
  series = {};
  series.symbol = symbol;
  series.interval = interval;
  series.cursor.begin_at(boot_now());
  if (view()) {
    series.find_in(view());
    if (series.index) series.cursor.begin_behind(view().closed_candles(*series.index), boot_now());
  }
  return number;
}

void FeedCursor::want_orders() {
  if (std::exchange(wants_orders_, true)) return;
  orders_ = {};
  if (!view()) return orders_.begin_at(boot_now());
  // The mark first: an order that arrives in between carries the gap itself.
  order_gap_seen_ = view().order_gap().head();
  orders_.begin_behind(view().orders(), boot_now());
}

void FeedCursor::want_portfolio() {
  if (std::exchange(wants_portfolio_, true)) return;
  portfolios_ = {};
  if (!view()) return portfolios_.begin_at(boot_now());
  portfolios_.begin_behind(view().portfolio(), boot_now());
}

void FeedCursor::want_status() {
  wants_status_ = true;
  status_due_ = true;
}

void FeedCursor::drop_all(Delivery delivery) noexcept {
  ticks(delivery).drop_all();
  look_at_ready_tick();
  if (ready_ != Kind::tick || tick_.delivery != delivery) return;
  tick_.for_all = false;
  drop_ready_tick();
}

void FeedCursor::drop_symbol(const SymbolText& symbol, std::int32_t number,
                             Delivery delivery) noexcept {
  ticks(delivery).drop(symbol);
  look_at_ready_tick();
  if (ready_ != Kind::tick || tick_.delivery != delivery || tick_.symbol_number != number) return;
  tick_.symbol_number = -1;
  drop_ready_tick();
}

/// Of a latest tick: the requests of every tick that were dropped do not return it any more.
void FeedCursor::look_at_ready_tick() noexcept {
  if (ready_ != Kind::tick || tick_.delivery != Delivery::latest) return;
  tick_.again = tick_.again && every_.wants(tick_.tick.ticker.symbol_index);
}

void FeedCursor::drop_ready_tick() noexcept {
  if (!tick_.for_all && tick_.symbol_number < 0) ready_ = Kind::none;
}

void FeedCursor::drop_candles(std::int32_t number) noexcept {
  series_[static_cast<std::size_t>(number)].wanted = false;
  if (candle_number_ == number) drop_ready(Kind::candle);
}

void FeedCursor::drop_orders() noexcept {
  wants_orders_ = false;
  drop_ready(Kind::order);
}

void FeedCursor::drop_portfolio() noexcept {
  wants_portfolio_ = false;
  drop_ready(Kind::portfolio);
}

void FeedCursor::drop_status() noexcept {
  wants_status_ = status_due_ = false;
  drop_ready(Kind::status);
}

/// What waits behind its gaps is not delivered any more.
void FeedCursor::drop_ready(Kind kind) noexcept {
  if (ready_ == kind) ready_ = Kind::none;
}

bool FeedCursor::wants_candles() const noexcept {
  return std::any_of(series_.begin(), series_.end(),
                     [](const Series& series) { return series.wanted; });
}

// --- taking

FeedCursor::Kind FeedCursor::next() {
  constexpr int kMaxLooks = 256;  // a tape of the usual size, a window at a time
  bool more = true;
  for (int looks = 0;;) {
    if (const Kind kind = pending(); kind != Kind::none) return kind;
    if (take()) {
      // Not if it came when the sleep was about to end, or with its wake-up still to come.
      if (slept_until_ns_ != 0 && received_ns() < slept_until_ns_ - Attachment::kWakeDelay) {
        attachment_.note_missed_wake(boot_now());
      }
      slept_until_ns_ = 0;
      continue;
    }
    looked_ = true;
    if (!more || ++looks > kMaxLooks) return Kind::none;
    // refresh() reads the wake word, so everything is checked once more after it.
    more = refresh();
  }
}

/// When the record that is ready was received.
std::int64_t FeedCursor::received_ns() const noexcept {
  switch (ready_) {
    case Kind::tick:
      return tick_.tick.ticker.received_ns;
    case Kind::candle:
      return candle_.candle.received_ns;
    case Kind::order:
      return order_.order.received_ns;
    case Kind::portfolio:
      return portfolio_.portfolio.received_ns;
    default:
      return std::numeric_limits<std::int64_t>::max();
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
      if (series.index || !series.wanted) continue;
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
  if (!series.index || !series.wanted) return false;
  const auto log = view().closed_candles(*series.index);
  LogTaken taken;
  while (series.cursor.take(log, candle_.candle, taken)) {
    const bool history = (candle_.candle.flags & Candle::kHistory) != 0;
    const bool repeated = series.last.received_ns != 0 && series.last.same_digits(candle_.candle);
    if (!history) series.last = candle_.candle;
    series.missed += taken.missed;
    series.reconnected |= taken.reconnected;
    series.not_stored |= (candle_.candle.flags & Candle::kMissingBefore) != 0;
    if (repeated || history) continue;
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

/// `series` is that of candles.
FeedGap& FeedCursor::add_gap(ChannelKind channel, GapCause cause, std::int64_t since_boot_ns,
                             const Series* series) {
  FeedGap& gap = gaps_.emplace_back();
  gap.channel = channel;
  gap.cause = cause;
  gap.since_unix_ns = age_between(unix_now(), age_between(boot_now(), since_boot_ns));
  if (series != nullptr) {
    gap.symbol = series->symbol;
    gap.interval = series->interval;
  }
  return gap;
}

void FeedCursor::add_log_gaps(ChannelKind channel, const LogTaken& taken, const Series* series) {
  const std::int64_t since = taken.since_ns;
  if (taken.missed > 0) add_gap(channel, GapCause::lapped, since, series).missed = taken.missed;
  if (taken.reconnected) {
    add_gap(channel, GapCause::reconnected, since, series);
  } else if (taken.not_stored) {
    add_gap(channel, GapCause::not_stored, since, series);
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
    if (!series.wanted) continue;
    add_gap(ChannelKind::candles, GapCause::restarted, series.cursor.last_ns(), &series);
  }
}

// --- the daemon's state, its successor, and sleeping

std::uint32_t FeedCursor::wake_word() const noexcept {
  // Pairs with the writer's bump: what was published before it is visible.
  return view() ? view().status().wake.load(std::memory_order_acquire) : 0;
}

bool FeedCursor::writer_is_gone(std::int64_t now) const noexcept {
  return !view() || judge_daemon(view(), load_signals(view(), 0), now) != Reason::none;
}

/// Checks for new ticks, a successor and a status. True if there is, or may be, something.
bool FeedCursor::refresh() {
  seen_ = wake_word();
  looked_ = false;
  if (view()) {
    every_.open_window(view());
    latest_.open_window(view());
  }
  const std::int64_t now = boot_now();
  if (has_ticks()) {
    if (now - attended_ns_ >= kLookEvery) attend(now);
    return true;
  }
  if (successor_) {
    // Found before the last full check, so everything in this segment has been taken.
    go_over(now);
    judge_status(now);  // it comes before the records that it is about
    return true;
  }
  return attend(now);
}

/// Checks the daemon. True if there is a successor, or a status to report.
bool FeedCursor::attend(std::int64_t now) {
  attended_ns_ = now;
  if (!successor_ && writer_is_gone(now)) successor_ = attachment_.find_successor(now);
  const bool told = judge_status(now);
  return told || successor_.has_value();
}

/// Judges the feed again only when an input has changed, or after kLookEvery.
bool FeedCursor::judge_status(std::int64_t now) {
  if (!wants_status_ || ready_ != Kind::none) return false;
  std::array<std::uint64_t, kMaxConnections + 2> signs{};
  if (view()) {
    signs[0] = view().header().instance;
    signs[1] = view().status().run_state.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < kMaxConnections; ++i) {
      signs[2 + i] = view().status().sessions[i].load(std::memory_order_acquire);
    }
  }
  if (!status_due_ && signs == signs_ && now - judged_ns_ < kLookEvery) return false;
  signs_ = signs;
  judged_ns_ = now;
  Verdict verdict{Freshness::down, Reason::no_segment};
  if (view()) verdict = judge_feed(view(), load_signals(view(), 0), now);
  if (!status_due_ && verdict == Verdict{status_.freshness, status_.reason}) return false;
  status_due_ = false;
  status_ = {verdict.freshness, verdict.reason};
  ready_ = Kind::status;
  return true;
}

void FeedCursor::go_over(std::int64_t now) {
  const SegmentView from = view();
  const SegmentView& to = successor_->view;
  if (!from || !is_same_run(from, to)) {
    gaps_.reserve(8 + series_.size());
    TapeCursor every = every_;
    TapeCursor latest = latest_;
    every.resume(from, to, now);
    latest.resume(from, to, now);  // up to here calls may throw: nothing has changed yet
    if (from) add_restart_gaps();
    every_ = std::move(every);
    latest_ = std::move(latest);
    epochs_.fill(0);
    if (wants_orders_) orders_.resume(to.orders(), now);
    if (wants_portfolio_) portfolios_.resume(to.portfolio(), now);
    order_gap_seen_ = 0;
    for (Series& series : series_) {
      series.find_in(to);
      if (series.index) series.cursor.resume(to.closed_candles(*series.index), now);
    }
  }
  series_count_ = 0;
  attachment_.go_over(std::move(*successor_));
  successor_.reset();
}

std::uint64_t FeedCursor::backlog() const noexcept {
  std::uint64_t count = gaps_.size() - next_gap_ + 4;
  if (!view()) return count;
  count += every_.backlog(view()) + latest_.backlog(view());
  if (wants_orders_) count += orders_.backlog(view().orders());
  if (wants_portfolio_) count += portfolios_.backlog(view().portfolio());
  for (const Series& series : series_) {
    if (series.index && series.wanted)
      count += series.cursor.backlog(view().closed_candles(*series.index));
  }
  return count;
}

std::optional<FeedEnd> FeedCursor::ended() noexcept {
  const std::int64_t now = boot_now();
  if (!view() || successor_) return std::nullopt;
  const Reason reason = judge_daemon(view(), load_signals(view(), 0), now);
  if (reason != Reason::stopped && reason != Reason::auth_failed) return std::nullopt;
  attachment_.look_at_once();
  successor_ = attachment_.find_successor(now);
  if (successor_) return std::nullopt;
  return reason == Reason::stopped ? FeedEnd::stopped : FeedEnd::auth_failed;
}

std::uint32_t FeedCursor::wake_bits() const noexcept {
  // A symbol or series that is not there yet is announced with the status, or with its kind.
  std::uint32_t bits = layout::kWakeStatus | every_.wake_bits() | latest_.wake_bits();
  if (wants_orders_) bits |= layout::kWakeOrders;
  if (wants_portfolio_) bits |= layout::kWakePortfolio;
  if (wants_candles()) bits |= layout::kWakeCandles;
  return bits;
}

WaitResult FeedCursor::wait(std::int64_t timeout_ns) noexcept {
  const std::int64_t begin = boot_now();
  const std::int64_t deadline = deadline_after(begin, timeout_ns);
  slept_until_ns_ = 0;
  for (std::int64_t now = begin;;) {
    if (stopped()) return WaitResult::stopped;
    // A caller that has not taken all pending events must not sleep.
    if (!looked_ || next_gap_ < gaps_.size() || ready_ != Kind::none || successor_ || has_ticks() ||
        wake_word() != seen_) {
      return WaitResult::changed;
    }
    if (now >= deadline) return WaitResult::timeout;
    const std::int64_t longest = writer_is_gone(now) ? Attachment::kLookEvery : kLookEvery;
    const std::int64_t slice = std::min(deadline - now, longest);
    const bool woken = attachment_.sleep(seen_, wake_bits(), slice);
    now = boot_now();
    slept_until_ns_ = woken ? 0 : now;
    if (attend(now) || (woken && !stopped())) return WaitResult::changed;
  }
}

}  // namespace tickcache
