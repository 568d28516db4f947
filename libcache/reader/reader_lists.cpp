// Reader: orders, portfolio and candles.
#include <algorithm>
#include <limits>

#include "libcache/reader/reader_impl.hpp"

namespace tickcache {

namespace {

/// Load it before the records: it becomes current after the record that makes it so.
layout::Standing standing_of(const layout::Word& word) noexcept {
  return static_cast<layout::Standing>(word.load(std::memory_order_acquire));
}

/// Whether the exchange's list was read in the session, so that the newest order of before is still
/// the newest. `reconciled` was loaded before the session.
bool is_reconciled(const layout::StatusPart& status, std::uint64_t session,
                   std::int64_t reconciled) noexcept {
  // Stored before the session's word, which was loaded with acquire.
  return reconciled != 0 && layout::session_state(session) == ConnectionState::up &&
         reconciled >= load(status.connections[0].changed_ns);
}

template <class Record>
Origin origin_of(const Record& record, layout::Standing standing) noexcept {
  const bool unsubscribed = standing == layout::Standing::unsubscribed;
  const bool current = standing == layout::Standing::current;
  return {current ? record.epoch : 0, record.connection, record.received_ns,
          unsubscribed ? Ticker::kUnsubscribed : std::uint8_t{0}};
}

Limits limits_of(const Query& query) noexcept {
  Limits limits;
  limits.max_age = query.max_age.count();
  return limits;
}

/// The records copied from a log.
struct Copied {
  std::size_t count = 0;
  std::uint64_t first = 0;  ///< position of the first record
  bool busy = false;        ///< the writer kept overwriting them
};

/// Calls copy() until it is not busy, for a limited number of rounds.
template <class Copy>
Copied copy_patiently(Copy&& copy, std::uint64_t& retries) noexcept {
  constexpr int kRounds = 100;
  Copied copied;
  for (int round = 0; round < kRounds; ++round) {
    copied = copy();
    if (!copied.busy) break;
    ++retries;
  }
  return copied;
}

/// Copies the newest orders, oldest first. Leaves out orders that the writer overwrote meanwhile
/// and all before them, so that the positions have no gaps.
Copied copy_newest(const Ring<Order, const layout::Word>& ring, std::span<Order> out) noexcept {
  const std::uint64_t head = ring.head();
  Copied copied;
  // Counts instead of comparing with the head: that of a corrupt segment may be the largest number.
  for (std::uint64_t left = std::min<std::uint64_t>({out.size(), head, ring.readable()}); left > 0;
       --left) {
    Order& order = out[copied.count];
    const ReadResult read = ring.read(head - left + 1, order);
    copied.busy = read == ReadResult::lapped;
    // A record that was never received is the empty slot before the records carried over.
    const bool whole = read == ReadResult::ok && order.received_ns != 0;
    copied.count = whole ? copied.count + 1 : 0;
  }
  copied.first = head - copied.count + 1;
  return copied;
}

/// Adds a candle to the `count` newest, which are at the end of `place`, oldest first. Of several
/// with the same open_time_ns, the first added stays. Adding newest first moves nothing.
void add_to_newest(std::span<Candle> place, std::size_t& count, const Candle& candle) noexcept {
  const auto list = place.last(count);
  const auto at = std::partition_point(list.begin(), list.end(), [&](const Candle& other) {
    return other.open_time_ns < candle.open_time_ns;
  });
  if (at != list.end() && at->open_time_ns == candle.open_time_ns) return;
  if (count < place.size()) ++count;
  const auto first = place.last(count).begin();
  if (at == first) return;  // older than all, and there is no more room
  std::move(first + 1, at, first);
  *(at - 1) = candle;
}

/// Copies the newest candles of a series to the start of `out`. It checks all candles, however few
/// are wanted, because the exchange may repeat an old one late.
Copied copy_newest(const SegmentView& view, std::uint32_t series, std::span<Candle> out,
                   std::uint64_t& retries) noexcept {
  // The open one first: read last, a candle that closes in between would be missing.
  Candle open;
  if (view.open_candle(series).latest(open, retries) != ReadResult::ok) open = {};

  const auto ring = view.closed_candles(series);
  const std::uint64_t head = ring.head();
  Copied copied;
  for (std::uint64_t i = 0; i < std::min(head, ring.readable()); ++i) {
    Candle candle;
    const ReadResult read = ring.read(head - i, candle);
    copied.busy = i == 0 && read == ReadResult::lapped;
    if (read != ReadResult::ok || candle.received_ns == 0) break;  // and so is all before it
    add_to_newest(out, copied.count, candle);
  }
  const auto closed = out.last(copied.count);
  const bool is_open = closed.empty() || closed.back().open_time_ns < open.open_time_ns;
  if (open.received_ns != 0 && is_open) add_to_newest(out, copied.count, open);
  std::move(out.last(copied.count).begin(), out.end(), out.begin());
  return copied;
}

const Candle& newest_of(std::span<const Candle> candles) noexcept {
  return *std::max_element(candles.begin(), candles.end(), [](const Candle& a, const Candle& b) {
    return a.received_ns < b.received_ns;
  });
}

/// Sets the verdict of `result` from `newest`. `standing` is what `word` was before the records.
template <class Record, class R>
void judge_record(const SegmentView& view, const Record& newest, layout::Standing standing,
                  const layout::Word& word, const Limits& limits, const Query& query,
                  std::int64_t& now, R& result, std::int64_t reconciled = 0) noexcept {
  // It may also have ended while the records were copied.
  if (standing == layout::Standing::current) standing = standing_of(word);
  Origin origin = origin_of(newest, standing);
  const Signals signals = load_signals(view, newest.connection);
  if (standing == layout::Standing::current &&
      is_reconciled(view.status(), signals.session, reconciled)) {
    origin.epoch = layout::session_epoch(signals.session);
  }
  const Judgement judgement(view, signals, origin, limits);
  Reader::Impl::judge(judgement, newest.received_ns, query, now, result);
}

template <class R>
void set_busy(std::uint64_t& busy, R& result) noexcept {
  ++busy;
  result.freshness = Freshness::stale;
  result.reason = Reason::busy;
}

}  // namespace

ListResult Reader::orders(std::span<Order> out, const Query& query) noexcept {
  return impl_->with_segment<ListResult>(query, [&](ListResult& result, std::int64_t& now) {
    const SegmentView& view = impl_->view();
    const layout::Standing standing = standing_of(view.prefix(layout::kOrders).standing);
    const std::int64_t reconciled = load(view.prefix(layout::kOrders).reconciled_ns);
    Order own;  // with an empty span, the freshness is still judged
    const std::span<Order> place = out.empty() ? std::span<Order>(&own, 1) : out;
    const Copied copied =
        copy_patiently([&] { return copy_newest(view.orders(), place); }, impl_->retries);
    layout::Gap gap;
    if (view.order_gap().latest(gap, impl_->retries) == ReadResult::ok &&
        gap.position + 1 >= copied.first + copied.count) {
      result.gap_since_ns = gap.since_unix_ns;
    }
    if (copied.busy) return set_busy(impl_->busy, result);
    if (copied.count == 0) return;
    result.count = out.empty() ? 0 : copied.count;
    result.first_position = copied.first;
    judge_record(view, place[copied.count - 1], standing, view.prefix(layout::kOrders).standing,
                 limits_of(query), query, now, result, reconciled);
  });
}

Result<Portfolio> Reader::portfolio(const Query& query) noexcept {
  return impl_->with_segment<Result<Portfolio>>(
      query, [&](Result<Portfolio>& result, std::int64_t& now) {
        const SegmentView& view = impl_->view();
        const layout::Standing standing = standing_of(view.prefix(layout::kPortfolio).standing);
        const ReadResult read = view.portfolio().latest(result.value, impl_->retries);
        if (read == ReadResult::busy) return set_busy(impl_->busy, result);
        if (read != ReadResult::ok || result.value.received_ns == 0) {
          result.value = {};
          return;
        }
        result.has_value = true;
        judge_record(view, result.value, standing, view.prefix(layout::kPortfolio).standing,
                     limits_of(query), query, now, result);
      });
}

ListResult Reader::candles(std::string_view symbol, std::string_view interval,
                           std::span<Candle> out, const Query& query) noexcept {
  const SymbolKey key = SymbolKey::from(symbol);
  IntervalText interval_text;
  const bool known = interval_text.assign(interval) && key.valid();
  return impl_->with_segment<ListResult>(query, [&](ListResult& result, std::int64_t& now) {
    const SegmentView& view = impl_->view();
    const auto series = known ? view.find_series(key, interval_text) : std::nullopt;
    if (!series) return;
    const layout::Standing standing = standing_of(view.series(*series).standing);
    Candle own;
    const std::span<Candle> place = out.empty() ? std::span<Candle>(&own, 1) : out;
    const Copied copied = copy_patiently(
        [&] { return copy_newest(view, *series, place, impl_->retries); }, impl_->retries);
    if (copied.busy) return set_busy(impl_->busy, result);
    if (copied.count == 0) return;
    result.count = out.empty() ? 0 : copied.count;

    Limits limits = limits_of(query);
    const std::int64_t silence = view.header().silence_after_ns;
    const std::int64_t length = interval_ns(interval);
    // A corrupt header may hold any time.
    if (silence > 0 && length > 0 && __builtin_add_overflow(silence, length, &limits.own_silence)) {
      limits.own_silence = std::numeric_limits<std::int64_t>::max();
    }
    judge_record(view, newest_of(place.first(copied.count)), standing,
                 view.series(*series).standing, limits, query, now, result);
  });
}

}  // namespace tickcache
