#include "libcache/feed/tape_cursor.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tickcache {

namespace {

/// Maximum number of ticks before other events are checked.
constexpr std::uint64_t kWindow = 1024;

/// Attempts to catch up with the writer before the next call continues.
constexpr int kMaxLaps = 16;

/// The symbol's latest tick; one with 0 updates if there is none.
Ticker latest_tick(const SegmentView& view, std::uint32_t cell) noexcept {
  Ticker tick;
  return view.ticker(cell).latest(tick) ? tick : Ticker();
}

/// Every tick received later is on the tape at this position or behind. A snapshot's time says
/// nothing of its place.
std::int64_t bound_at(const SegmentView& view, std::uint64_t position) noexcept {
  constexpr std::uint64_t kMost = 1024;
  const auto tape = view.tape();
  const std::uint64_t end = std::min(tape.head() + 1, position + kMost);
  for (; position < end; ++position) {
    Ticker tick;
    if (tape.read(position, tick) == ReadResult::ok && !tick.is_snapshot()) return tick.received_ns;
  }
  return std::numeric_limits<std::int64_t>::max();
}

/// In place of a count of updates: unknown.
constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();

/// Number of ticks of a symbol between the one with `last` updates and the one with `now`, if the
/// counter may have restarted in between.
std::uint64_t between(std::uint64_t last, std::uint64_t now) noexcept {
  if (last == kUnknown || now == 0) return 0;
  return now > last ? now - last - 1 : now - 1;
}

}  // namespace

// --- requests

void TapeCursor::begin(const SegmentView& view, std::int64_t now) {
  if (!active_) {
    active_ = true;
    watermark_ = last_ns_ = now;
    resuming_ = !view;
    if (view) window_end_ = view.tape().head();
    next_ = window_end_ + 1;
  }
  if (view) grow(view);
}

void TapeCursor::want_all(const SegmentView& view, std::int64_t now) {
  begin(view, now);
  if (std::exchange(all_, true)) return;
  wake_bits_ = layout::kWakeTicks;
  if (view) all_from_ = view.tape().head() + 1;
  for (std::uint32_t i = 0; is_latest() && i < cells_.size(); ++i) {
    if (cells_[i].symbol < 0) cells_[i].given = latest_tick(view, i).updates;
  }
}

std::int32_t TapeCursor::want(const SegmentView& view, const SymbolText& symbol, std::int64_t now) {
  begin(view, now);
  const SymbolKey key = SymbolKey::from(symbol.view());
  const auto number = static_cast<std::int32_t>(symbols_.size());
  Symbol& wanted =
      symbols_.try_emplace(std::string(key.text().view()), Symbol{number}).first->second;
  const bool is_first = !std::exchange(wanted.wanted, true);
  const auto cell = view && is_first ? view.find(key) : std::nullopt;
  if (cell && *cell < cells_.size()) {  // else grow() finds it when it appears
    const bool had_been_wanted = all_ && is_latest();
    if (!had_been_wanted) cells_[*cell] = {latest_tick(view, *cell).updates};
    assign(*cell, wanted.number);
  }
  return wanted.number;
}

void TapeCursor::drop_all() noexcept {
  all_ = false;
  lost_ = 0;
  settle();
}

void TapeCursor::drop(const SymbolText& symbol) noexcept {
  const auto dropped = symbols_.find(symbol.view());
  if (dropped == symbols_.end()) return;
  dropped->second.wanted = false;
  for (Cell& cell : cells_) {
    if (cell.symbol == dropped->second.number) cell.symbol = -1;
  }
  settle();
}

/// Wakes only for what is still wanted. Without that, the next request begins at the tape's end.
void TapeCursor::settle() noexcept {
  wake_bits_ = all_ ? layout::kWakeTicks : 0;
  for (std::uint32_t i = 0; i < cells_.size() && !all_; ++i) {
    if (cells_[i].symbol >= 0) wake_bits_ |= layout::wake_symbol(i);
  }
  const bool wants_symbol = std::any_of(symbols_.begin(), symbols_.end(),
                                        [](const auto& symbol) { return symbol.second.wanted; });
  if (all_ || wants_symbol) return;
  active_ = false;
  cells_.clear();
  window_end_ = next_ - 1;
  scan_next_ = scan_end_ = 0;
}

/// Makes room for new symbols.
void TapeCursor::grow(const SegmentView& view) {
  std::uint32_t cell = static_cast<std::uint32_t>(cells_.size());
  if (view.symbol_count() <= cell) return;
  cells_.resize(view.symbol_count());
  for (; cell < cells_.size() && !symbols_.empty(); ++cell) {
    const auto wanted = symbols_.find(view.symbol(cell).view());
    if (wanted != symbols_.end() && wanted->second.wanted) assign(cell, wanted->second.number);
  }
}

void TapeCursor::assign(std::uint32_t cell, std::int32_t symbol) noexcept {
  cells_[cell].symbol = symbol;
  if (!all_) wake_bits_ |= layout::wake_symbol(cell);
}

// --- walking

void TapeCursor::open_window(const SegmentView& view) {
  if (!active_ || left_in_window() > 0) return;
  const std::uint64_t left = view.tape().left(next_);
  if (left > 0) window_end_ = next_ - 1 + std::min(left, kWindow);
  if (is_latest() && left > std::max<std::uint64_t>(kWindow, cells_.size())) skip_ahead(view);
}

bool TapeCursor::take(const SegmentView& view, TickEvent& out) {
  if (scan(view, out)) return true;
  for (int laps = 0; left_in_window() > 0;) {
    // Directly into place: loading back data that was stored in other sizes stalls.
    const Ticker& record = out.tick.ticker;
    const ReadResult read = view.tape().read(next_, out.tick.ticker);
    if (read == ReadResult::lapped && ++laps <= kMaxLaps && skip_ahead(view)) {
      if (scan(view, out)) return true;
      continue;
    }
    if (read != ReadResult::ok) {
      window_end_ = next_ - 1;
      return false;
    }
    if (record.symbol_index >= cells_.size()) grow(view);  // may throw: before the tick is taken
    ++next_;
    since_ns_ = std::exchange(last_ns_, std::max(last_ns_, record.received_ns));
    if (resuming_ && record.received_ns <= watermark_) continue;
    resuming_ = false;
    if (!wants(record.symbol_index)) continue;
    if (give(view, record.symbol_index, next_ > all_from_, true, out)) return true;
  }
  return false;
}

/// The writer has lapped the cursor: skips ahead, far enough not to be lapped again at once. For
/// Delivery::latest, whose ticks are all in their cells, to the very end. False if the writer is
/// still faster.
bool TapeCursor::skip_ahead(const SegmentView& view) {
  const auto tape = view.tape();
  const std::uint64_t slack = is_latest() ? tape.readable() : (tape.readable() + 1) / 8;
  for (int laps = 0; laps < kMaxLaps; ++laps) {
    const std::uint64_t target = std::min(tape.oldest() + slack, tape.head());
    Ticker first;
    if (tape.read(target, first) != ReadResult::ok) continue;
    grow(view);  // all ticks of a new symbol may be among the lost ones
    const std::uint64_t from = std::max(next_, all_from_);
    if (all_ && target > from) lost_ += target - from;
    next_ = target;
    window_end_ = target;
    begin_scan(bound_at(view, target), false);
    return true;
  }
  return false;
}

/// A tick returned by a scan may also appear on the tape afterwards.
bool TapeCursor::is_new(const Cell& cell, const Ticker& tick, bool on_tape) const noexcept {
  if (tick.is_snapshot()) {  // the counter of ticks does not count it
    const std::int64_t last = on_tape ? cell.snapshot_ns : std::max(cell.snapshot_ns, watermark_);
    return tick.received_ns > last && (cell.unsure || tick.updates >= cell.given);
  }
  if (tick.is_overtaken() && is_latest()) return false;
  return cell.unsure ? tick.received_ns > watermark_ : tick.updates > cell.given;
}

/// Returns the tick in `out`, if it is new, for requests of its symbol or of the latest of all.
/// With `for_all`, also for requests of every tick of all.
bool TapeCursor::give(const SegmentView& view, std::uint32_t number, bool for_all, bool on_tape,
                      TickEvent& out) noexcept {
  Cell& cell = cells_[number];
  Ticker& tick = out.tick.ticker;
  const bool new_to_symbol = is_new(cell, tick, on_tape);
  out.for_all = all_ && (is_latest() ? new_to_symbol : for_all);
  out.symbol_number = new_to_symbol ? cell.symbol : -1;
  if (!out.for_all && out.symbol_number < 0) return false;
  if (is_latest()) {
    const Ticker newest = latest_tick(view, number);
    // Not if it is the same tick: the cell's may have been marked unsubscribed since.
    if (newest.updates > tick.updates) tick = newest;
  }
  out.missed = 0;
  if (new_to_symbol) {
    // A snapshot has the number of the tick before it.
    const std::uint64_t next = tick.updates + (tick.is_snapshot() ? 1 : 0);
    out.missed = cell.unsure ? between(cell.given, next) : next - cell.given - 1;
    cell.given = tick.updates;
    cell.unsure = false;
    if (tick.is_snapshot()) cell.snapshot_ns = tick.received_ns;
  }
  out.tick.missed = out.missed;
  if (out.for_all && !is_latest()) out.tick.missed = std::exchange(lost_, 0) + tick.not_stored;
  out.tick.symbol = view.symbol(number);
  out.delivery = delivery_;
  out.again = false;
  out.since_ns = since_ns_;
  return true;
}

std::uint64_t TapeCursor::backlog(const SegmentView& view) const noexcept {
  return active_ ? view.tape().left(next_) + (scan_end_ - scan_next_) : 0;
}

// --- scanning

void TapeCursor::begin_scan(std::int64_t bound, bool fresh) noexcept {
  // After a lap, requests of every tick count their loss by positions of the tape.
  const bool useless = !fresh && !is_latest() && symbols_.empty();
  scan_next_ = 0;
  scan_end_ = useless ? 0 : static_cast<std::uint32_t>(cells_.size());
  scan_bound_ = bound;
  scan_fresh_ = fresh;
}

/// Returns ticks that are in their cells but not on the tape.
bool TapeCursor::scan(const SegmentView& view, TickEvent& out) noexcept {
  while (scan_next_ < scan_end_) {
    const std::uint32_t number = scan_next_++;
    if (!wants(number) || (scan_fresh_ && !cells_[number].unsure)) continue;
    out.tick.ticker = latest_tick(view, number);
    if (!is_new(cells_[number], out.tick.ticker, false) || is_on_tape(out.tick.ticker)) continue;
    if (!give(view, number, scan_fresh_, false, out)) continue;
    out.again = all_ && !out.for_all;
    return true;
  }
  return false;
}

/// Whether a tick in its cell is also on the tape, at next_ or behind.
bool TapeCursor::is_on_tape(const Ticker& tick) const noexcept {
  if (!scan_fresh_) return tick.received_ns > scan_bound_;
  return tick.epoch != 0 || tick.received_ns >= scan_bound_;  // not carried over
}

// --- another segment

void TapeCursor::resume(const SegmentView& from, const SegmentView& to, std::int64_t now) {
  if (!active_) return;
  // A corrupt segment may hold any time.
  watermark_ = std::min(std::max(watermark_, last_ns_), now);
  const std::vector<Cell> before = std::exchange(cells_, {});
  wake_bits_ = all_ ? layout::kWakeTicks : 0;
  grow(to);
  for (std::uint32_t i = 0; i < cells_.size(); ++i) {
    const Ticker tick = latest_tick(to, i);
    cells_[i].unsure = tick.received_ns > watermark_;
    cells_[i].given = !cells_[i].unsure ? tick.updates : from ? 0 : kUnknown;
  }
  for (std::uint32_t i = 0; from && i < before.size(); ++i) {
    const SymbolKey key = SymbolKey::from(from.symbol(i).view());
    const auto cell = key.valid() ? to.find(key) : std::nullopt;
    if (cell && *cell < cells_.size() && cells_[*cell].unsure)
      cells_[*cell].given = before[i].given;
  }
  const auto tape = to.tape();
  next_ = from ? 1 : tape.oldest();
  window_end_ = 0;
  all_from_ = 1;
  resuming_ = true;
  begin_scan(bound_at(to, std::max(next_, tape.oldest())), true);
}

}  // namespace tickcache
