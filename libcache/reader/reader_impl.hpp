// Code shared by Reader's lookups.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libcache/reader/attachment.hpp"
#include "libcache/reader/judge.hpp"
#include "libcache/segment/clock.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache {

inline Origin origin_of(const Ticker& ticker) noexcept {
  return {ticker.epoch, ticker.connection, ticker.received_ns, ticker.objections,
          ticker.is_snapshot()};
}

struct Reader::Impl {
  explicit Impl(std::string_view segment) : attachment(segment) {}

  /// The clock has not been read yet in this lookup.
  static constexpr std::int64_t kUnread = std::numeric_limits<std::int64_t>::min();

  Attachment attachment;
  TickClock tick_clock;
  std::uint64_t retries = 0;
  std::uint64_t busy = 0;

  [[nodiscard]] const SegmentView& view() const noexcept { return attachment.view(); }

  static std::int64_t clock(const Query& query) noexcept {
    return query.now == Query::kReadClock ? boot_now() : query.now.time_since_epoch().count();
  }

  /// Whether the writer's run state is still running. One load of a line that hardly ever changes.
  [[nodiscard]] bool writer_runs() const noexcept {
    return view().status().run_state.load(std::memory_order_acquire) ==
           static_cast<std::uint64_t>(RunState::running);
  }

  /// Switches to the successor, if the daemon of the mapped segment is gone and there is one.
  void follow() noexcept {
    const std::int64_t now = boot_now();
    if (!view() || judge_daemon(view(), load_signals(view(), 0), now) != Reason::none) {
      attachment.look_for_successor(now);
    }
  }

  /// Fills in the judgement of a record received at `received_ns`.
  template <class R>
  static void judge(const Judgement& judgement, std::int64_t received_ns, const Query& query,
                    std::int64_t& now, R& result) noexcept {
    if (now == kUnread) now = clock(query);
    const Verdict verdict = judgement.at(now);
    result.freshness = verdict.freshness;
    result.reason = verdict.reason;
    result.age_ns = std::max<std::int64_t>(0, age_between(now, received_ns));
  }
  /// Whether a successor could not have anything better.
  static bool is_settled(Freshness freshness) noexcept {
    return freshness == Freshness::live || freshness == Freshness::stale;
  }

  /// Calls look(result, now) on the mapped segment, and again on its successor if the daemon turns
  /// out to be gone and there is one. Without a segment the result is down. `now` is kUnread until
  /// the lookup needs the clock.
  template <class R, class Look>
  R with_segment(const Query& query, Look&& look) noexcept {
    std::int64_t now = kUnread;
    R result;  // a single variable, so that it is constructed in place and never copied
    for (int round = 0;; ++round) {
      if (round > 0) result = R{};
      if (view()) {
        look(result, now);
        if (is_settled(result.freshness)) return result;
        // Missing: the daemon may be gone, and its successor may have the value.
        if (now == kUnread) now = clock(query);
        if (judge_daemon(view(), load_signals(view(), 0), now) == Reason::none) return result;
      } else {
        if (now == kUnread) now = clock(query);
        result.freshness = Freshness::down;
        result.reason = Reason::no_segment;
      }
      // Not `now`: a caller's clock must not control how often the file is checked.
      if (round > 0 || !attachment.look_for_successor(boot_now())) return result;
      now = kUnread;
    }
  }

  /// Calls fill(i, query) for each symbol below `capacity` with one clock read, and returns the
  /// number of symbols. Starts again if the segment was replaced meanwhile, or if the process
  /// stalled for so long that the timestamp is too old.
  template <class Fill>
  std::size_t snapshot(const Query& query, std::size_t capacity, Fill&& fill) noexcept {
    constexpr std::chrono::milliseconds kHeldUp{100};
    std::size_t symbols = 0;
    for (int round = 0; round < 3; ++round) {
      follow();
      if (!view()) return 0;
      const std::uint64_t instance = view().header().instance;
      Query once = query;
      once.now = boot_time(clock(query));
      symbols = view().symbol_count();
      for (std::uint32_t i = 0; i < std::min(symbols, capacity); ++i) fill(i, once);
      const bool in_time = query.now != Query::kReadClock || BootClock::now() - once.now < kHeldUp;
      if (in_time && view().header().instance == instance) break;
    }
    return symbols;
  }

  [[nodiscard]] Judgement judgement_of(const Ticker& ticker, std::int64_t max_age) const noexcept {
    const Limits limits = Limits::of_ticker(max_age, view().header().silence_after_ns);
    return {view(), load_signals(view(), ticker.connection), origin_of(ticker), limits};
  }

  /// A time, and the latest that it may be. Judging by the latter, nothing counts as live for
  /// longer than by the exact clock.
  struct Moment {
    std::int64_t now;
    std::int64_t latest;
  };
  /// That of the coarse clock if no age matters.
  Moment time_of(const Query& query) noexcept {
    if (query.now == Query::kReadClock && query.max_age == Query::kAnyAge) {
      const std::int64_t now = tick_clock.now();
      return {now, now + tick_clock.lag()};
    }
    const std::int64_t now = clock(query);
    return {now, now};
  }

  /// Whether a tick is certainly live, and its age. False means nothing: read the exact clock.
  [[gnu::always_inline]] bool is_live(const Ticker& ticker, const Query& query,
                                      std::int64_t& age) noexcept {
    const Judgement judgement = judgement_of(ticker, query.max_age.count());
    const Moment moment = time_of(query);
    age = std::max<std::int64_t>(0, age_between(moment.now, ticker.received_ns));
    return judgement.at(moment.latest).freshness == Freshness::live;
  }
  /// The fast path to a price: true if `instance` is the mapped segment and the tick in `cell` is
  /// live. False means nothing: take the slow path.
  [[gnu::always_inline]] bool live_tick(std::uint64_t instance, std::uint32_t cell,
                                        const Query& query, Ticker& out,
                                        std::int64_t& age) noexcept {
    const SegmentView& segment = view();
    return segment && instance == segment.header().instance && cell < segment.cell_count() &&
           segment.ticker(cell).latest(out, retries) == ReadResult::ok && is_live(out, query, age);
  }

  /// Prices of up to kBatch symbols, judged together. Calls live(i, ticker, age) for the live ones,
  /// and look_up(i), whether it is live, for each that has to be looked up by itself, perhaps after
  /// live(). handle(i) is a pair of instance and cell. Returns how many are live.
  template <class Handle, class Live, class LookUp>
  std::size_t prices(std::size_t count, const Query& query, Handle&& handle, Live&& live,
                     LookUp&& look_up) noexcept {
    std::uint16_t rest[kBatch];
    std::size_t left = 0;
    std::size_t live_ones = 0;
    if (all_live(count, query, handle, live, rest, left)) {
      live_ones = count - left;
      for (std::size_t i = 0; i < left; ++i) live_ones += look_up(rest[i]) ? 1 : 0;
    } else {
      for (std::size_t i = 0; i < count; ++i) live_ones += look_up(i) ? 1 : 0;
    }
    return live_ones;
  }
  static constexpr std::size_t kBatch = 256;

  /// Calls live() for each tick of the present session that nothing counts against but perhaps its
  /// age. Whether all of them are live. `rest` gets the numbers of the `left` others.
  template <class Handle, class Live>
  bool all_live(std::size_t count, const Query& query, Handle&& handle, Live&& live,
                std::uint16_t* rest, std::size_t& left) noexcept {
    if (!view()) return false;
    const SegmentView& segment = view();
    const std::uint64_t instance = segment.header().instance;
    const std::uint64_t session = segment.status().sessions[0].load(std::memory_order_acquire);
    const std::int64_t begin = time_of(query).now;
    Origin oldest{.epoch = layout::session_epoch(session),
                  .received_ns = std::numeric_limits<std::int64_t>::max()};
    std::uint8_t flags = 0;
    const std::uint32_t cells = segment.cell_count();
    for (std::size_t i = 0; i < count; ++i) {
      const auto [of, cell] = handle(i);
      Ticker ticker;
      if (of != instance || cell >= cells ||
          segment.ticker(cell).latest(ticker, retries) != ReadResult::ok ||
          ticker.epoch != oldest.epoch || (ticker.connection | ticker.objections) != 0 ||
          age_between(begin, ticker.received_ns) < -kFutureTolerance) {
        rest[left++] = static_cast<std::uint16_t>(i);
        continue;
      }
      live(i, ticker, std::max<std::int64_t>(0, age_between(begin, ticker.received_ns)));
      oldest.received_ns = std::min(oldest.received_ns, ticker.received_ns);
      flags |= ticker.flags;
    }
    oldest.snapshot = (flags & Ticker::kSnapshot) != 0;
    // After the records and before the clock, as for one: what ended meanwhile must show. If the
    // oldest is live, so are all: only age tells them apart.
    const Signals signals = load_signals(segment, 0);
    const Limits limits =
        Limits::of_ticker(query.max_age.count(), segment.header().silence_after_ns);
    const Judgement judgement(segment, signals, oldest, limits);
    const std::int64_t latest = time_of(query).latest;
    return left == count ||
           (signals.session == session && judgement.at(latest).freshness == Freshness::live);
  }

  /// Looks for a successor. Returns whether a segment is mapped. Not inline, to keep the fast path
  /// small.
  [[gnu::noinline]] bool find_successor() noexcept;

  /// No cell. Not std::optional: returning one stores it in two pieces, and loading it back as one
  /// stalls for longer than the rest of the lookup.
  static constexpr std::uint32_t kNoCell = ~0U;

  /// The symbol's cell in the mapped segment, or kNoCell.
  [[nodiscard]] std::uint32_t resolve(std::string_view symbol) const noexcept {
    // Nearly all symbols are given in upper case: a second search for the others costs less.
    const auto cell = [&]() -> std::optional<std::uint32_t> {
      const std::size_t size = symbol.size();
      if (size - 1 < 8) return view().find(ShortKey<1>(symbol));
      if (size - 1 < 16) return view().find(ShortKey<2>(symbol));
      const SymbolKey key = SymbolKey::as_written(symbol);
      return key.valid() ? view().find(key) : std::nullopt;
    }();
    return cell ? *cell : resolve_again(symbol);
  }
  [[nodiscard]] std::uint32_t resolve(SymbolHandle& symbol) const noexcept {
    // The bound is still checked: a handle comes from the caller, in C as plain bytes.
    if (symbol.instance_ == view().header().instance && symbol.cell_ < view().cell_count()) {
      return symbol.cell_;
    }
    return resolve_again(symbol);
  }
  [[gnu::noinline]] std::uint32_t resolve_again(std::string_view symbol) const noexcept;
  [[gnu::noinline]] std::uint32_t resolve_again(SymbolHandle& symbol) const noexcept;

  ReadResult read_cell(std::uint32_t cell, Ticker& out) noexcept {
    view().prefetch_second_line(cell);
    const ReadResult result = view().ticker(cell).latest(out, retries);
    if (result == ReadResult::busy) ++busy;
    return result;
  }
  void ticker_in(std::uint32_t cell, const Query& query, std::int64_t& now,
                 Result<Ticker>& result) noexcept;
  /// `Symbol` is std::string_view or SymbolHandle.
  template <class Symbol>
  Result<Ticker> ticker(Symbol& symbol, const Query& query) noexcept;
  template <class Symbol>
  [[gnu::noinline]] void ticker_at_length(Symbol& symbol, const Query& query,
                                          Result<Ticker>& out) noexcept;
  template <class Symbol>
  bool last(Symbol& symbol, Ticker& out) noexcept;
  /// `cell` is that of the symbol that is waited for, if it is one.
  WaitResult wait(std::uint32_t seen, std::uint32_t bits, std::int64_t timeout_ns,
                  std::uint32_t cell = kNoCell) noexcept;
  /// When the newest record was received that wakes waiters for `bits`, or for the cell; 0: none.
  [[nodiscard]] std::int64_t newest_ns(std::uint32_t bits, std::uint32_t cell) const noexcept;
};

}  // namespace tickcache
