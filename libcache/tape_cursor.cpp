#include "libcache/tape_cursor.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tickcache {

namespace {

/// So many ticks at most before other things are looked at.
constexpr std::uint64_t kWindow = 1024;

/// A writer that is faster than that is left alone until the next call.
constexpr int kMaxLaps = 16;

std::uint64_t oldest(const Ring<Ticker, const layout::Word>& tape) noexcept {
  const std::uint64_t head = tape.head();
  return head < tape.readable() ? 1 : head - tape.readable() + 1;
}

/// The symbol's latest tick; one with 0 updates if there is none.
Ticker latest_tick(const SegmentView& view, std::uint32_t cell) noexcept {
  Ticker tick;
  std::uint64_t retries = 0;
  return view.ticker(cell).latest(tick, retries) == ReadResult::ok ? tick : Ticker();
}

std::uint8_t bit_of(Delivery delivery) noexcept { return delivery == Delivery::every ? 1 : 2; }

/// Instead of a count of updates: nobody looked.
constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();

/// Ticks of a symbol between the one with `last` updates and the one with `now`, if the counter may
/// have begun anew in between.
std::uint64_t between(std::uint64_t last, std::uint64_t now) noexcept {
  if (last == kUnknown || now == 0) return 0;
  return now > last ? now - last - 1 : now - 1;
}

}  // namespace

// --- who wants what

void TapeCursor::begin(const SegmentView& view, std::int64_t now) {
  if (active_) return;
  active_ = true;
  watermark_ = now;
  record_.received_ns = now;
  resuming_ = !view;
  if (!view) return;
  next_ = view.tape().head() + 1;
  window_end_ = next_ - 1;
  for (std::size_t i = 0; i < kMaxConnections; ++i) {
    // Pairs with the writer's change of state: ticks of that epoch come after it.
    epochs_[i] = layout::session_epoch(view.status().sessions[i].load(std::memory_order_acquire));
  }
}

void TapeCursor::want_all(const SegmentView& view, Delivery delivery, std::int64_t now) {
  begin(view, now);
  if (view) grow(view);
  const std::uint8_t bit = bit_of(delivery);
  if ((all_ & bit) != 0) return;
  if (view && bit == kEvery) all_from_ = view.tape().head() + 1;
  for (std::uint32_t i = 0; bit == kLatest && i < cells_.size(); ++i) {
    if ((cells_[i].wants & kLatest) == 0) cells_[i].latest = latest_tick(view, i).updates;
  }
  all_ |= bit;
  wake_bits_ = layout::kWakeTicks;
}

std::int32_t TapeCursor::want(const SegmentView& view, const SymbolText& symbol, Delivery delivery,
                              std::int64_t now) {
  begin(view, now);
  if (view) grow(view);
  const SymbolKey key = SymbolKey::from(symbol.view());
  const auto known = std::find_if(symbols_.begin(), symbols_.end(), [&](const Symbol& other) {
    return std::equal(std::begin(key.words), std::end(key.words), std::begin(other.key.words));
  });
  const auto number = static_cast<std::int32_t>(known - symbols_.begin());
  if (known == symbols_.end()) symbols_.push_back({key, 0, false});
  Symbol& wanted = symbols_[static_cast<std::size_t>(number)];
  const std::uint8_t bit = bit_of(delivery);
  if ((wanted.wants & bit) != 0) return number;

  if (view) find_symbols(view);
  wanted.wants |= bit;
  const auto cell = view ? view.find(key) : std::nullopt;
  if (cell && wanted.found) {
    Cell& state = cells_[*cell];
    state.wants |= bit;
    const std::uint64_t updates = latest_tick(view, *cell).updates;
    if (bit == kLatest && (all_ & kLatest) == 0) state.latest = updates;
    if (bit == kEvery) {
      state.every = updates;
      state.unsure = false;
    }
  }
  return number;
}

/// Makes room for the symbols that have come.
void TapeCursor::grow(const SegmentView& view) {
  const std::uint32_t count = view.symbol_count();
  if (count <= cells_.size()) return;
  cells_.resize(count);
  find_symbols(view);
}

void TapeCursor::find_symbols(const SegmentView& view) {
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    Symbol& symbol = symbols_[i];
    if (symbol.found) continue;
    const auto cell = view.find(symbol.key);
    if (!cell || *cell >= cells_.size()) continue;
    symbol.found = true;
    cells_[*cell].symbol = static_cast<std::int32_t>(i);
    cells_[*cell].wants = symbol.wants;
    if (all_ == 0) wake_bits_ |= layout::wake_symbol(*cell);
  }
}

// --- walking

void TapeCursor::open_window(const SegmentView& view) noexcept {
  if (!active_ || left_in_window() > 0) return;
  const std::uint64_t left = records_left(view);
  if (left > 0) window_end_ = next_ - 1 + std::min(left, kWindow);
}

bool TapeCursor::take(const SegmentView& view, TapeEvent& out) {
  if (latest_due_) {
    latest_due_ = false;
    if (give_latest(view, record_.symbol_index, record_, out)) return true;
  }
  if (scan(view, out)) return true;
  for (int laps = 0; left_in_window() > 0;) {
    Ticker record;
    const ReadResult read = view.tape().read(next_, record);
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
    since_ns_ = record_.received_ns;
    record_ = record;
    if (resuming_ && record.received_ns <= watermark_) continue;
    resuming_ = false;
    if (record.symbol_index >= cells_.size()) continue;  // of a corrupt segment
    const std::uint8_t wanted = wants(record.symbol_index);
    if ((wanted & kEvery) != 0 && give_every(view, record, out)) {
      latest_due_ = (wanted & kLatest) != 0;
      return true;
    }
    if ((wanted & kLatest) != 0 && give_latest(view, record.symbol_index, record, out)) return true;
  }
  return false;
}

/// The writer has lapped the cursor: goes on with some distance to it, so as not to be lapped again
/// at once. False if it is always faster.
bool TapeCursor::skip_ahead(const SegmentView& view) {
  const auto tape = view.tape();
  const std::uint64_t slack = (tape.readable() + 1) / 8;
  for (int laps = 0; laps < kMaxLaps; ++laps) {
    const std::uint64_t target = std::min(oldest(tape) + slack, tape.head());
    Ticker first;
    if (tape.read(target, first) != ReadResult::ok) continue;
    const std::uint64_t from = std::max(next_, all_from_);
    if ((all_ & kEvery) != 0 && target > from) lost_ += target - from;
    next_ = target;
    window_end_ = target;
    grow(view);  // all ticks of a new symbol may have been in what was lost
    begin_scan(first.received_ns, false);
    return true;
  }
  return false;
}

bool TapeCursor::give_every(const SegmentView& view, const Ticker& tick, TapeEvent& out) noexcept {
  Cell& cell = cells_[tick.symbol_index];
  out.audience = 0;
  if ((all_ & kEvery) != 0 && next_ - 1 >= all_from_) {
    out.audience |= TapeEvent::kAllEvery;
    out.missed_all = lost_;
    lost_ = 0;
  }
  // What a scan has given comes again on the tape if it was on its way there.
  if ((cell.wants & kEvery) != 0 && (cell.unsure || tick.updates > cell.every)) {
    out.audience |= TapeEvent::kSymbolEvery;
    out.missed = cell.unsure ? between(cell.every, tick.updates) : tick.updates - cell.every - 1;
    cell.every = tick.updates;
    cell.unsure = false;
  }
  if (out.audience == 0) return false;
  out.again = false;
  fill(view, tick.symbol_index, tick, out);
  return true;
}

/// `tick` is new on the tape; its cell may have a newer one, which then stands for both.
bool TapeCursor::give_latest(const SegmentView& view, std::uint32_t number, const Ticker& tick,
                             TapeEvent& out) noexcept {
  Cell& cell = cells_[number];
  if (tick.updates <= cell.latest) return false;
  const Ticker newest = latest_tick(view, number);
  // Not if it is the same: the cell's may have been taken back since ("unsubscribed").
  const Ticker& given = newest.updates > tick.updates ? newest : tick;
  out.audience = ((all_ & kLatest) != 0 ? TapeEvent::kAllLatest : 0) |
                 ((cell.wants & kLatest) != 0 ? TapeEvent::kSymbolLatest : 0);
  out.missed = given.updates - cell.latest - 1;
  out.again = (wants(number) & kEvery) != 0;
  cell.latest = given.updates;
  fill(view, number, given, out);
  return true;
}

void TapeCursor::fill(const SegmentView& view, std::uint32_t number, const Ticker& tick,
                      TapeEvent& out) noexcept {
  out.symbol_number = cells_[number].symbol;
  out.symbol = view.symbol(number);
  out.ticker = tick;
  out.since_ns = since_ns_;
  std::uint32_t& epoch = epochs_[tick.connection % kMaxConnections];
  // Epochs only grow. That of a latest tick may be ahead of the tape's.
  out.reconnected = epoch != 0 && tick.epoch > epoch;
  epoch = std::max(epoch, tick.epoch);
}

std::uint64_t TapeCursor::records_left(const SegmentView& view) const noexcept {
  const std::uint64_t left = view.tape().head() + 1 - next_;
  // Signed: the head of a corrupt segment may be any number.
  return static_cast<std::int64_t>(left) > 0 ? left : 0;
}

std::uint64_t TapeCursor::backlog(const SegmentView& view) const noexcept {
  if (!active_) return 0;
  const std::uint64_t ticks = std::min(records_left(view), view.tape().readable());
  return 2 * (ticks + (scan_end_ - scan_next_)) + 1;  // each for those who want the latest, too
}

// --- scanning

void TapeCursor::begin_scan(std::int64_t bound, bool fresh) noexcept {
  const bool useless = !fresh && symbols_.empty() && (all_ & kLatest) == 0;
  scan_next_ = 0;
  scan_end_ = useless ? 0 : static_cast<std::uint32_t>(cells_.size());
  scan_bound_ = bound;
  scan_fresh_ = fresh;
  scan_half_ = false;
}

bool TapeCursor::scan(const SegmentView& view, TapeEvent& out) noexcept {
  while (scan_next_ < scan_end_) {
    const std::uint32_t cell = scan_next_;
    if (!scan_half_) {
      scan_half_ = true;
      if ((wants(cell) & kEvery) != 0 && scan_every(view, cell, out)) return true;
    }
    scan_half_ = false;
    ++scan_next_;
    if ((wants(cell) & kLatest) != 0 && scan_latest(view, cell, out)) return true;
  }
  return false;
}

/// Whether a tick in its cell is also on the tape, at next_ or behind.
bool TapeCursor::is_on_tape(const Ticker& tick) const noexcept {
  if (!scan_fresh_) return tick.received_ns > scan_bound_;
  return tick.epoch != 0 || tick.received_ns >= scan_bound_;  // not carried over
}

/// Gives the cell's tick to those who want every one, if it is new and not on the tape.
bool TapeCursor::scan_every(const SegmentView& view, std::uint32_t number,
                            TapeEvent& out) noexcept {
  Cell& cell = cells_[number];
  // Of a lap, those who want all are told by positions of the tape.
  const bool for_all = scan_fresh_ && (all_ & kEvery) != 0;
  const bool for_symbol = (cell.wants & kEvery) != 0;
  if (!for_all && !for_symbol) return false;
  const Ticker tick = latest_tick(view, number);
  const bool is_new = cell.unsure ? tick.received_ns > watermark_ : tick.updates > cell.every;
  if (!is_new || is_on_tape(tick) || (scan_fresh_ && !cell.unsure)) return false;
  out.audience = (for_all ? TapeEvent::kAllEvery : 0) | (for_symbol ? TapeEvent::kSymbolEvery : 0);
  out.missed = cell.unsure ? between(cell.every, tick.updates) : tick.updates - cell.every - 1;
  out.missed_all = 0;
  out.again = !for_all && (all_ & kEvery) != 0;
  cell.every = tick.updates;
  cell.unsure = false;
  fill(view, number, tick, out);
  return true;
}

bool TapeCursor::scan_latest(const SegmentView& view, std::uint32_t number,
                             TapeEvent& out) noexcept {
  Cell& cell = cells_[number];
  const Ticker tick = latest_tick(view, number);
  if (!scan_fresh_) return give_latest(view, number, tick, out);
  if (tick.received_ns <= watermark_) return false;
  // Its counter may have begun anew: given in any case.
  const std::uint64_t before = std::exchange(cell.latest, 0);
  if (!give_latest(view, number, tick, out)) return false;
  out.missed = between(before, out.ticker.updates);
  return true;
}

// --- another segment

void TapeCursor::resume(const SegmentView& from, const SegmentView& to, std::int64_t now) {
  if (!active_) return;
  // Whatever a corrupt segment had there.
  watermark_ = std::min(std::max(watermark_, record_.received_ns), now);
  compare_cells(from, to);
  const auto tape = to.tape();
  next_ = from ? 1 : oldest(tape);
  window_end_ = 0;
  all_from_ = 1;
  resuming_ = true;
  latest_due_ = false;
  epochs_.fill(0);
  Ticker first;
  const bool any = tape.read(std::max(next_, oldest(tape)), first) == ReadResult::ok;
  begin_scan(any ? first.received_ns : std::numeric_limits<std::int64_t>::max(), true);
}

/// Finds the cells of `to` whose ticks are new, and takes over what was given of their symbols.
void TapeCursor::compare_cells(const SegmentView& from, const SegmentView& to) {
  std::vector<Cell> before(to.symbol_count());
  before.swap(cells_);
  for (std::uint32_t i = 0; i < cells_.size(); ++i) {
    const Ticker tick = latest_tick(to, i);
    cells_[i].unsure = tick.received_ns > watermark_;
    if (!cells_[i].unsure) cells_[i].every = cells_[i].latest = tick.updates;
    if (cells_[i].unsure && !from) cells_[i].every = cells_[i].latest = kUnknown;
  }
  for (std::uint32_t i = 0; from && i < before.size(); ++i) {
    const SymbolKey key = SymbolKey::from(from.symbol(i).view());
    const auto cell = key.valid() ? to.find(key) : std::nullopt;
    if (!cell || *cell >= cells_.size() || !cells_[*cell].unsure) continue;
    cells_[*cell].every = before[i].every;
    cells_[*cell].latest = before[i].latest;
  }
  wake_bits_ = all_ != 0 ? layout::kWakeTicks : 0;
  for (Symbol& symbol : symbols_) symbol.found = false;
  find_symbols(to);
}

}  // namespace tickcache
