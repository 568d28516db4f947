// FeedCursor: the daemon's state, its successor, and sleeping.
#include <algorithm>

#include "libcache/feed/feed_cursor.hpp"
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
    if (series.index) count += series.cursor.backlog(view().closed_candles(*series.index));
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
  if (!series_.empty()) bits |= layout::kWakeCandles;
  return bits;
}

WaitResult FeedCursor::wait(std::int64_t timeout_ns) noexcept {
  const std::int64_t begin = boot_now();
  const std::int64_t deadline = deadline_after(begin, timeout_ns);
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
    attachment_.sleep(seen_, wake_bits(), slice);
    const bool woken = boot_now() - now < slice;  // or a signal has come
    now = boot_now();
    if (attend(now) || (woken && !stopped())) return WaitResult::changed;
  }
}

}  // namespace tickcache
