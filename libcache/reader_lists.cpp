// Reader: orders, portfolio and candles.
#include <algorithm>

#include "libcache/reader_impl.hpp"

namespace tickcache {

namespace {

Origin origin_of(const Order& order) noexcept {
  return {order.epoch, order.connection, order.received_ns, false};
}

Origin origin_of(const Portfolio& portfolio) noexcept {
  return {portfolio.epoch, portfolio.connection, portfolio.received_ns, false};
}

Origin origin_of(const Candle& candle, bool unsubscribed) noexcept {
  return {candle.epoch, candle.connection, candle.received_ns, unsubscribed};
}

Limits limits_of(const Query& query) noexcept {
  Limits limits;
  limits.max_age = query.max_age.count();
  return limits;
}

/// Copies the newest records of a log, oldest first. What the writer overwrote meanwhile is left
/// out, with everything before it: the positions have no holes.
template <class Record>
std::size_t copy_newest(const Ring<Record, const layout::Word>& ring, std::span<Record> out,
                        std::uint64_t& first) noexcept {
  const std::uint64_t head = ring.head();
  const std::uint64_t wanted = std::min<std::uint64_t>({out.size(), head, ring.readable()});
  std::size_t count = 0;
  // Counted, not compared with the head: that of a corrupt segment may be the greatest number.
  for (std::uint64_t left = wanted; left > 0; --left) {
    // A record that was never received is the empty place before what was carried over.
    const bool whole = ring.read(head - left + 1, out[count]) == ReadResult::ok;
    count = whole && out[count].received_ns != 0 ? count + 1 : 0;
  }
  first = head - count + 1;
  return count;
}

/// Adds the open candle, read before the closed ones, behind them, unless it was closed meanwhile.
std::size_t append_open(const Candle& open, std::span<Candle> out, std::size_t count) noexcept {
  if (out.empty() || open.received_ns == 0) return count;
  if (count > 0 && out[count - 1].open_time_ns >= open.open_time_ns) return count;
  if (count == out.size()) {
    std::move(out.begin() + 1, out.end(), out.begin());
    --count;
  }
  out[count] = open;
  return count + 1;
}

/// A candle that the exchange repeats replaces the one before it.
std::size_t drop_repeats(std::span<Candle> candles) noexcept {
  std::size_t kept = 0;
  for (const Candle& candle : candles) {
    if (kept > 0 && candles[kept - 1].open_time_ns == candle.open_time_ns) --kept;
    candles[kept++] = candle;
  }
  return kept;
}

const Candle& newest_of(std::span<const Candle> candles) noexcept {
  return *std::max_element(candles.begin(), candles.end(), [](const Candle& a, const Candle& b) {
    return a.received_ns < b.received_ns;
  });
}

}  // namespace

ListResult Reader::orders(std::span<Order> out, const Query& query) noexcept {
  return impl_->with_segment<ListResult>(query, [&](ListResult& result, std::int64_t& now) {
    const SegmentView& view = impl_->view();
    result.count = copy_newest(view.orders(), out, result.first_position);
    layout::Gap gap;
    if (view.order_gap().latest(gap, impl_->retries) == ReadResult::ok &&
        gap.position + 1 >= result.first_position + result.count) {
      result.gap_since_ns = gap.since_unix_ns;
    }
    if (result.count == 0) return;
    const Order& newest = out[result.count - 1];
    const Signals signals = load_signals(view, newest.connection);
    now = Impl::clock(query);
    Impl::set_verdict(judge(view, signals, origin_of(newest), limits_of(query), now), result);
    result.age_ns = std::max<std::int64_t>(0, age_between(now, newest.received_ns));
  });
}

Result<Portfolio> Reader::portfolio(const Query& query) noexcept {
  return impl_->with_segment<Result<Portfolio>>(query, [&](Result<Portfolio>& result,
                                                           std::int64_t& now) {
    const SegmentView& view = impl_->view();
    const ReadResult read = view.portfolio().latest(result.value, impl_->retries);
    if (read == ReadResult::busy) {
      ++impl_->busy;
      result.freshness = Freshness::stale;
      result.reason = Reason::busy;
    }
    if (read != ReadResult::ok || result.value.received_ns == 0) return;
    result.has_value = true;
    const Signals signals = load_signals(view, result.value.connection);
    now = Impl::clock(query);
    Impl::set_verdict(judge(view, signals, origin_of(result.value), limits_of(query), now), result);
    result.age_ns = std::max<std::int64_t>(0, age_between(now, result.value.received_ns));
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
    // The open one first: were it read last, one that was closed in between would be missing.
    Candle open;
    if (view.open_candle(*series).latest(open, impl_->retries) != ReadResult::ok) open = {};
    const std::size_t closed =
        copy_newest(view.closed_candles(*series), out, result.first_position);
    result.count = append_open(open, out, closed);
    result.count = drop_repeats(out.first(result.count));
    if (result.count == 0) return;

    const bool unsubscribed =
        view.series(*series).unsubscribed.load(std::memory_order_acquire) != 0;
    const Candle& newest = newest_of(out.first(result.count));
    const Signals signals = load_signals(view, newest.connection);
    now = Impl::clock(query);
    Limits limits = limits_of(query);
    const std::int64_t silence = view.header().silence_after_ns;
    const std::int64_t length = interval_ns(interval);
    if (silence > 0 && length > 0) limits.own_silence = silence + length;
    Impl::set_verdict(judge(view, signals, origin_of(newest, unsubscribed), limits, now), result);
    result.age_ns = std::max<std::int64_t>(0, age_between(now, newest.received_ns));
  });
}

}  // namespace tickcache
