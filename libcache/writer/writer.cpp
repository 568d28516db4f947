#include "libcache/writer/writer.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "libcache/segment/futex.hpp"
#include "libcache/writer/words.hpp"

namespace tickcache {

std::int64_t last_heard(const layout::ConnectionActivity& activity) noexcept {
  return std::max(load(activity.changed_ns), load(activity.last_message_ns));
}

void CacheWriter::beat(std::int64_t now) noexcept { store(view_.status().heartbeat_ns, now); }

void CacheWriter::stop(RunState state, std::int64_t now) noexcept {
  for (std::uint8_t i = 0; i < kMaxConnections; ++i) {
    if (view_.is_up(i)) set_connection(i, ConnectionState::closed, now);
  }
  view_.status().run_state.store(static_cast<std::uint64_t>(state), std::memory_order_release);
  wake_bits_ |= layout::kWakeStatus;
  flush();
}

void CacheWriter::set_key_accepted() noexcept {
  view_.status().key_accepted.store(1, std::memory_order_release);
}

bool CacheWriter::key_accepted() const noexcept {
  return view_.status().key_accepted.load(std::memory_order_relaxed) == 1;
}

void CacheWriter::set_key_rejected(std::int64_t since, std::int64_t retry_until) noexcept {
  // In this order: a reader that sees the rejection sees its end.
  if (since != 0) store(view_.status().key_retry_until_ns, retry_until);
  store(view_.status().key_rejected_ns, since);
  wake_bits_ |= layout::kWakeStatus;
}

std::uint32_t CacheWriter::begin_epoch(std::uint8_t connection, std::int64_t now,
                                       std::int64_t unix_now) noexcept {
  const std::uint32_t epoch = ++last_epoch_;
  epochs_[connection] = epoch;
  end_holds(connection);
  view_.status().connections[connection].lagging.store(0, std::memory_order_release);
  unix_offset_ns_ = unix_now - now;
  if (connection == 0 && private_lost_ns_ != 0) mark_gap(now);
  end_outage(connection);
  set_connection(connection, ConnectionState::up, now);
  return epoch;
}

/// Order updates may be missing since private_lost_ns_.
void CacheWriter::mark_gap(std::int64_t now) noexcept {
  // An earlier gap without an order since is part of this one.
  const std::int64_t lost = private_lost_ns_ + unix_offset_ns_;
  mark_order_gap(pending_gap_unix_ns_ != 0 ? pending_gap_unix_ns_ : lost, now);
  private_lost_ns_ = 0;
}

void CacheWriter::mark_order_gap(std::int64_t since_unix_ns, std::int64_t now) noexcept {
  gap_marked_ns_ = now;
  pending_gap_unix_ns_ = since_unix_ns;
  view_.order_gap().publish({since_unix_ns, view_.orders().head(), epochs_[0]});
  wake_bits_ |= layout::kWakeOrders;
}

void CacheWriter::set_connection(std::uint8_t connection, ConnectionState state,
                                 std::int64_t now) noexcept {
  layout::ConnectionActivity& activity = view_.status().connections[connection];
  if (connection == 0 && view_.is_up(0) && state != ConnectionState::up) {
    private_lost_ns_ = std::min(now, last_heard(activity));
  }
  store(activity.changed_ns, now);
  view_.status().sessions[connection].store(layout::session_word(epochs_[connection], state),
                                            std::memory_order_release);
  wake_bits_ |= layout::kWakeStatus;
}

void CacheWriter::set_error(std::uint8_t connection, std::string_view why, std::uint32_t failures,
                            std::int64_t now) noexcept {
  layout::ConnectionError error;
  error.time_ns = now;
  error.failures = failures;
  error.text.assign(why);
  view_.connection_error(connection).publish(error);
  wake_bits_ |= layout::kWakeStatus;
}

/// Keeps the error, but resets the number of failed attempts.
void CacheWriter::end_outage(std::uint8_t connection) noexcept {
  layout::ConnectionError error;
  const auto ring = view_.connection_error(connection);
  if (!ring.latest(error) || error.failures == 0) return;
  error.failures = 0;
  ring.publish(error);
}

void CacheWriter::count(Counter counter, std::uint64_t by) noexcept {
  add(view_.status().counters[static_cast<std::size_t>(counter)], by);
}

void CacheWriter::message(std::uint8_t connection, std::size_t size, std::int64_t now) noexcept {
  layout::ConnectionActivity& activity = view_.status().connections[connection];
  store(activity.last_message_ns, now);
  add(activity.messages, 1);
  count(Counter::messages);
  count(Counter::bytes, size);
}

void CacheWriter::tick_seen(std::uint8_t connection, std::int64_t now, std::uint16_t lag_ms,
                            bool late) noexcept {
  layout::ConnectionActivity& activity = view_.status().connections[connection];
  store(activity.lag_ns, std::int64_t{lag_ms} * 1'000'000);
  if (late != (activity.lagging.load(std::memory_order_relaxed) != 0)) {
    activity.lagging.store(late ? 1 : 0, std::memory_order_release);
    wake_bits_ |= layout::kWakeStatus;
  }
  if (!late) store(activity.last_tick_ns, now);
}

void CacheWriter::set_silence_limit(std::uint8_t connection, std::int64_t limit) noexcept {
  store(view_.status().connections[connection].silence_limit_ns, limit);
}

void CacheWriter::set_confirmed(std::int64_t verified, std::int64_t valid_for) noexcept {
  store(view_.status().verified_for_ns, valid_for);
  store(view_.status().verified_ns, verified);
}

void CacheWriter::set_hops(std::uint64_t hops) noexcept {
  layout::Word& word = view_.status().hops;
  if (word.load(std::memory_order_relaxed) == hops) return;
  word.store(hops, std::memory_order_release);
  wake_bits_ |= layout::kWakeStatus;
}

std::optional<std::uint32_t> CacheWriter::insert(const SymbolKey& key) noexcept {
  Word& count_word = view_.status().symbol_count;
  const std::uint64_t cell = count_word.load(std::memory_order_relaxed);
  if (!key.valid() || cell >= view_.cell_count()) return std::nullopt;
  const auto number = static_cast<std::uint32_t>(cell);
  key.fill(view_.name(number));
  return number;
}

// Not a call: its result would go through memory, for a quarter of what ticker() takes.
[[gnu::always_inline]] inline std::optional<CacheWriter::Place> CacheWriter::place_of(
    const SymbolKey& key) noexcept {
  if (const auto cell = view_.find(key)) return Place{*cell, false};
  if (const auto cell = insert(key)) return Place{*cell, true};
  count(Counter::rejected_capacity);
  return std::nullopt;
}

void CacheWriter::publish_event(const Ticker& ticker, Counter counter, std::int64_t now) noexcept {
  const std::uint16_t channel = cell_channels_[ticker.symbol_index];
  view_.tape().publish(ticker);
  count(counter);
  channel_data(channel != kNoChannel ? channel : all_channel_, now);
  wake_bits_ |= layout::kWakeTicks;
}

bool CacheWriter::ticker(std::uint8_t connection, const SymbolText& symbol, Ticker ticker,
                         std::int64_t now, bool earlier) noexcept {
  tick_seen(connection, now, ticker.lag_ms, (ticker.objections & Ticker::kLate) != 0);
  const SymbolKey key = SymbolKey::from(symbol.view());
  const auto place = place_of(key);
  if (!place) return false;
  const std::uint32_t cell = place->cell;
  ticker.received_ns = now;
  if (!earlier) {
    ticker.not_stored = std::exchange(not_stored_[cell], 0);
    ticker.epoch = epochs_[connection];
  }
  ticker.updates = updates_[cell] += 1 + std::uint64_t{ticker.not_stored};
  ticker.connection = connection;
  ticker.symbol_index = last_cell_ = cell;
  if (!holds_[cell] || !is_held(cell, ticker)) view_.ticker(cell).publish(ticker);
  if (place->is_new) publish_symbol(key, cell);
  wake_bits_ |= layout::wake_symbol(cell);
  publish_event(ticker, Counter::ticks, now);
  return true;
}

bool CacheWriter::mirror(std::uint8_t connection, const SymbolText& symbol, Ticker ticker,
                         bool event, std::int64_t now) noexcept {
  const SymbolKey key = SymbolKey::from(symbol.view());
  const auto place = place_of(key);
  if (!place) return false;
  const std::uint32_t cell = place->cell;
  updates_[cell] = ticker.updates;
  if (ticker.epoch != 0) ticker.epoch = epochs_[connection];
  ticker.connection = connection;
  ticker.symbol_index = cell;
  if (place->is_new || !ticker.is_overtaken()) view_.ticker(cell).publish(ticker);
  if (place->is_new) publish_symbol(key, cell);
  wake_bits_ |= layout::wake_symbol(cell);
  if (event) publish_event(ticker, ticker.is_snapshot() ? Counter::snapshots : Counter::ticks, now);
  return true;
}

void CacheWriter::publish_symbol(const SymbolKey& key, std::uint32_t cell) noexcept {
  const std::uint64_t hash = key.hash();
  std::uint64_t i = hash;
  // There is always a free entry: the index is larger than the table of cells.
  while (view_.index(i).load(std::memory_order_relaxed) != 0) ++i;
  // Pairs with find(): a reader that sees the entry sees the name and the cell.
  view_.index(i).store(layout::index_entry(hash, cell), std::memory_order_release);
  view_.status().symbol_count.store(cell + 1U, std::memory_order_release);
  wake_bits_ |= layout::kWakeStatus;  // its waiters do not know the cell's bit yet
  cell_channels_[cell] = find_channel(ChannelKind::ticker, key.text(), {});
}

/// Publishes the cell's tick again, with epoch 0 and other objections. At least one tick will be
/// missing before the next one.
void CacheWriter::demote(std::uint32_t cell, std::uint8_t add, std::uint8_t remove) noexcept {
  Ticker ticker;
  if (!view_.ticker(cell).latest(ticker)) return;
  end_hold(cell);
  std::uint8_t& not_stored = not_stored_[cell];
  const bool counts = add == Ticker::kRejected || not_stored == 0;
  if (counts && not_stored < 255) ++not_stored;
  const auto objections = static_cast<std::uint8_t>((ticker.objections | add) & ~remove);
  if (ticker.epoch == 0 && ticker.objections == objections) return;
  ticker.epoch = 0;
  ticker.objections = objections;
  view_.ticker(cell).publish(ticker);
  wake_bits_ |= layout::wake_symbol(cell);
}

void CacheWriter::set_wanted(const SymbolText& symbol, bool wanted) noexcept {
  const auto cell = view_.find(SymbolKey::from(symbol.view()));
  if (!cell) return;
  constexpr std::uint8_t kBit = Ticker::kUnsubscribed;
  wanted ? demote(*cell, 0, kBit) : demote(*cell, kBit);
}

void CacheWriter::reject_tick(const SymbolText& symbol) noexcept {
  const auto cell = view_.find(SymbolKey::from(symbol.view()));
  if (cell) demote(*cell, Ticker::kRejected);
}

std::optional<std::uint32_t> CacheWriter::insert_series(const SymbolKey& symbol,
                                                        const IntervalText& interval) noexcept {
  if (const auto found = view_.find_series(symbol, interval)) return found;
  const std::uint32_t series = view_.series_count();
  if (!symbol.valid() || series >= view_.count(layout::kSeries)) return std::nullopt;
  layout::SeriesPrefix& prefix = view_.series(series);
  symbol.fill(prefix.symbol);
  prefix.interval.store(std::bit_cast<std::uint64_t>(interval), std::memory_order_relaxed);
  // Pairs with series_count(): a reader that counts it sees its name.
  view_.status().series_count.store(series + 1U, std::memory_order_release);
  series_channels_[series] = series_channel(symbol.text(), interval);
  return series;
}

bool CacheWriter::candle(std::uint8_t connection, const SymbolText& symbol,
                         const IntervalText& interval, Candle candle, std::int64_t now,
                         bool earlier) noexcept {
  const auto series = add_series(symbol, interval);
  if (series) this->candle(*series, connection, candle, now, earlier);
  return series.has_value();
}

std::optional<std::uint32_t> CacheWriter::add_series(const SymbolText& symbol,
                                                     const IntervalText& interval) noexcept {
  const auto series = insert_series(SymbolKey::from(symbol.view()), interval);
  if (!series) count(Counter::rejected_capacity);
  return series;
}

void CacheWriter::candle(std::uint32_t series, std::uint8_t connection, Candle candle,
                         std::int64_t now, bool earlier) noexcept {
  candle.received_ns = now;
  candle.connection = connection;
  if (!earlier) {
    candle.epoch = epochs_[connection];
    if (candle.closed != 0 && missing_before_[series]) {
      candle.flags |= Candle::kMissingBefore;
      missing_before_[series] = false;
    }
  }
  if (candle.closed != 0) {
    view_.closed_candles(series).publish(candle);
  } else {
    view_.open_candle(series).publish(candle);
  }
  if (!earlier) make_current(view_.series(series).standing);
  count(Counter::candles);
  channel_data(series_channels_[series], now);
  wake_bits_ |= layout::kWakeCandles;
}

void CacheWriter::order(std::uint8_t connection, Order order, std::int64_t now,
                        bool earlier) noexcept {
  order.connection = connection;
  if (order.origin == 0) order.origin = number(Source::websocket);
  if (!earlier) {
    order.epoch = epochs_[connection];
    const std::int64_t gap = std::exchange(pending_gap_unix_ns_, 0);
    if (gap != 0) order.gap_since_ns = gap;
  }
  publish_order(order, now);
  if (!earlier) {
    make_current(view_.prefix(layout::kOrders).standing);
  } else if (pending_gap_unix_ns_ != 0) {  // the gap is after this one
    view_.order_gap().publish({pending_gap_unix_ns_, view_.orders().head(), epochs_[0]});
  }
}

void CacheWriter::requested_order(Order order, std::int64_t now, bool after_gap) noexcept {
  order.connection = 0;
  order.origin = number(Source::rest);
  order.epoch = epochs_[0];
  if (after_gap) order.gap_since_ns = std::exchange(pending_gap_unix_ns_, 0);
  publish_order(order, now);
  if (pending_gap_unix_ns_ != 0) {  // epoch 0: it was told already
    view_.order_gap().publish({pending_gap_unix_ns_, view_.orders().head(), 0});
  }
}

/// Those that come in one message, or one answer, are still received one after the other: a reader
/// goes on after the last one that it took.
void CacheWriter::publish_order(Order& order, std::int64_t now) noexcept {
  order.received_ns = last_order_ns_ = std::max(now, last_order_ns_ + 1);
  view_.orders().publish(order);
  count(Counter::orders);
  if (order.flags != 0) count(Counter::cut_text);
  channel_data(orders_channel_, now);
  set_origin(orders_channel_, layout::kOrders, order.origin);
  wake_bits_ |= layout::kWakeOrders;
}

void CacheWriter::set_orders_listed(std::int64_t asked) noexcept {
  store(view_.prefix(layout::kOrders).listed_ns, asked);
}

std::int64_t CacheWriter::orders_listed() const noexcept {
  return load(view_.prefix(layout::kOrders).listed_ns);
}

void CacheWriter::orders_reconciled(std::int64_t asked) noexcept {
  layout::RingPrefix& prefix = view_.prefix(layout::kOrders);
  if (gap_marked_ns_ <= asked) {
    if (std::exchange(pending_gap_unix_ns_, 0) != 0) {
      view_.order_gap().publish({0, view_.orders().head(), 0});
      wake_bits_ |= layout::kWakeOrders;
    }
    make_current(prefix.standing);
  }
  store(prefix.reconciled_ns, asked);
  if (prefix.origin.load(std::memory_order_relaxed) == 0) {
    set_origin(orders_channel_, layout::kOrders, number(Source::rest));
  }
}

/// Says where the newest record comes from.
void CacheWriter::set_origin(std::uint16_t channel, layout::Part part,
                             std::uint8_t origin) noexcept {
  view_.prefix(part).origin.store(origin, std::memory_order_release);
  if (channel == kNoChannel || channels_[channel].origin == origin) return;
  channels_[channel].origin = origin;
  view_.channel_record(channel).publish(channels_[channel]);
  wake_bits_ |= layout::kWakeStatus;
}

void CacheWriter::portfolio(std::uint8_t connection, Portfolio portfolio, std::int64_t now,
                            bool earlier) noexcept {
  portfolio.received_ns = now;
  portfolio.connection = connection;
  if (portfolio.origin == 0) portfolio.origin = number(Source::websocket);
  if (!earlier) {
    portfolio.epoch = epochs_[connection];
    if (std::exchange(portfolio_missing_before_, false))
      portfolio.flags |= Portfolio::kMissingBefore;
  }
  view_.portfolio().publish(portfolio);
  if (!earlier) make_current(view_.prefix(layout::kPortfolio).standing);
  count(Counter::portfolios);
  channel_data(portfolio_channel_, now);
  set_origin(portfolio_channel_, layout::kPortfolio, portfolio.origin);
  wake_bits_ |= layout::kWakePortfolio;
}

void CacheWriter::channel_data(std::uint16_t channel, std::int64_t now) noexcept {
  if (channel == kNoChannel) return;
  layout::ChannelSlot& slot = view_.channel(channel);
  if (slot.count.load(std::memory_order_relaxed) == 0) store(slot.first_data_ns, now);
  store(slot.last_data_ns, now);
  add(slot.count, 1);
}

void CacheWriter::flush() noexcept {
  if (wake_bits_ == 0) return;
  layout::WakeWord& wake = view_.status().wake;
  // Data, then the increment, then the wake-up: a waiter sleeps only if nothing was published since
  // it loaded the word.
  wake.store(wake.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  futex_wake(wake, wake_bits_);
  wake_bits_ = 0;
}

}  // namespace tickcache
