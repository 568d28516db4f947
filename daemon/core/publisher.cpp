#include "daemon/core/publisher.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "libcache/segment/clock.hpp"

namespace tickcache::daemon {

namespace {

void warn_of(const std::string& what) {
  if (!what.empty()) spdlog::warn("{}", what);
}

}  // namespace

Publisher::Publisher(CacheWriter& writer, const Wanted& wanted, const TrustSettings& trust)
    : writer_(writer),
      filter_(wanted),
      candles_(writer),
      wake_up_(writer),
      capacity_(writer),
      known_orders_(writer.view().count(layout::kKnownOrders),
                    [&writer](std::uint32_t slot, const auto& order) {
                      writer.remember_order(slot, order);
                    }) {
  set_trust(trust);
  load_orders();
  candles_.set_unix_offset(Time(unix_now() - boot_now()));
  candles_.want(wanted);
}

/// Those of the run before, which have the first places.
void Publisher::load_orders() {
  const WritableSegmentView& view = writer_.view();
  std::vector<layout::KnownOrder> states;
  layout::KnownOrder known;
  for (std::uint32_t i = 0; i < view.count(layout::kKnownOrders); ++i) {
    if (!view.known_order(i).latest(known)) break;
    states.push_back(known);
  }
  known_orders_.load(states);
  // It may have ended between an update and its state.
  const auto orders = view.orders();
  Order order;
  for (std::uint64_t at = orders.oldest(); at <= orders.head(); ++at) {
    if (orders.read(at, order) != ReadResult::ok || order.received_ns == 0) continue;
    known_orders_.note(order, Time(order.received_ns));
  }
}

void Publisher::set_trust(const TrustSettings& trust) {
  trust_ = trust;
  flow_.configure(trust.max_lag);
  candles_.set_max_lag(trust.max_lag);
}

void Publisher::on_beat(Time now) {
  writer_.release_held(now.count());
  last_beat_ = now;
  candles_.on_beat(now, flow_.exchange_offset());
  if (capacity_.rejected()) warn_of(capacity_.advice_for_series());
  silence_limit_ = flow_.silence_limit(trust_.silence_after);
  const Time limit = audited_ ? std::min(SilenceLimit::kAudited, silence_limit_) : silence_limit_;
  if (std::exchange(published_limit_, limit) == limit) return;
  writer_.set_silence_limit(kFirstConnection, limit.count());
}

void Publisher::want(const Wanted& wanted) {
  warn_of(capacity_.advice(wanted));
  const Filter before = filter_;
  filter_ = Filter(wanted);
  candles_.want(wanted);
  // If all tickers are subscribed to, a symbol has no channel of its own, so dropping channels is
  // not enough.
  const WritableSegmentView& view = writer_.view();
  for (std::uint32_t i = 0; i < view.symbol_count(); ++i) {
    const SymbolText symbol = view.symbol(i);
    const bool is_wanted = filter_.wants(symbol);
    if (before.wants(symbol) == is_wanted) continue;
    writer_.set_wanted(symbol, is_wanted);
    candles_.on_lost(symbol, last_beat_);
  }
}

/// Stores the event of one message.
struct Publisher::Store {
  Publisher& to;
  Belongs belongs;
  std::uint8_t connection;
  Time now;

  void operator()(const NothingEvent& event) const noexcept {
    to.count(event.why);
    for (std::size_t i = 0; i < event.lost.count; ++i) {
      const Channel& lost = event.lost.channels[i];
      if (lost.kind == ChannelKind::ticker) {
        to.writer_.reject_tick(lost.symbol);
        to.candles_.on_lost(lost.symbol, now);
        continue;
      }
      if (lost.kind == ChannelKind::all_tickers) to.candles_.on_all_lost(now);
      if (lost.kind == ChannelKind::orders && to.pushed_orders_) to.pushed_orders_->since = now;
      to.writer_.end_data(lost.kind, lost.symbol, lost.interval, now.count());
    }
  }
  void operator()(const PingEvent&) const noexcept { to.count(Counter::pings); }
  void operator()(const AcknowledgementEvent&) const noexcept {
    to.count(Counter::acknowledgements);
  }
  void operator()(const ErrorEvent&) const noexcept { to.count(Counter::errors); }

  void operator()(const TickEvent& event) const noexcept {
    CacheWriter& writer = to.writer_;
    const Lag lag = connection == kFirstConnection
                        ? to.flow_.on_tick(now, event.ticker.exchange_time_ns)
                        : Lag();  // nobody has asked for it
    if (unasked() || !to.wants(event.symbol)) {
      writer.tick_seen(connection, now.count(), lag_ms(lag.delay.count()), lag.late);
      writer.count(Counter::filtered);
      return;
    }
    count_absent(event);
    Ticker ticker = event.ticker;
    ticker.lag_ms = lag_ms(lag.delay.count());
    if (lag.late) ticker.objections |= Ticker::kLate;
    const bool stored = writer.ticker(connection, event.symbol, ticker, now.count(), earlier());
    if (stored && to.candles_.makes_any()) {
      to.candles_.on_tick(writer.last_cell(), event.ticker, connection, now);
    }
  }

  void operator()(const CandleEvent& event) const noexcept {
    if (unasked()) return to.count(Counter::filtered);
    if (event.quantity_absent) to.count(Counter::absent_quantity);
    Candle candle = event.candle;
    candle.origin = static_cast<std::uint8_t>(Source::websocket);
    to.writer_.candle(connection, event.symbol, event.interval, candle, now.count(), earlier());
    to.candles_.on_exchange_candle(event, now);
  }

  void operator()(const OrderEvent& event) const {
    if (unasked()) return to.count(Counter::filtered);
    if (to.pushed_orders_) to.pushed_orders_->last = now;
    if (to.known_orders_.is_outdated(event.order, now)) return;
    to.last_order_ = now;
    count_absent(event);
    to.writer_.order(connection, event.order, now.count(), earlier());
    // After the update: a run that ends in between has not lost it.
    to.known_orders_.note(event.order, now);
  }

  void operator()(const PortfolioEvent& event) const noexcept {
    if (unasked()) return to.count(Counter::filtered);
    if (to.pushed_portfolio_) to.pushed_portfolio_->last = now;
    count_absent(event);
    to.writer_.portfolio(connection, event.portfolio, now.count(), earlier());
  }

  [[nodiscard]] bool unasked() const noexcept { return belongs == Belongs::unasked; }
  [[nodiscard]] bool earlier() const noexcept { return belongs == Belongs::earlier; }

  template <class E>
  void count_absent(const E& event) const noexcept {
    if (event.quantity_absent) to.count(Counter::absent_quantity);
    if (event.timestamp_ignored) to.count(Counter::ignored_timestamp);
  }
};

void Publisher::publish(const Event& event, Belongs belongs, std::uint8_t connection, Time now) {
  std::visit(Store{*this, belongs, connection, now}, event);
  if (capacity_.rejected()) warn_of(capacity_.advice(event));
}

void Publisher::set_connection(std::uint8_t connection, ConnectionState state, Time now) {
  ConnectionState& present = states_.at(connection);
  if (state == ConnectionState::waiting) {
    if (present == ConnectionState::up) writer_.count(Counter::drops);
    if (present == ConnectionState::connecting) writer_.count(Counter::failures);
  }
  if (connection == kFirstConnection &&
      (state == ConnectionState::up) != (present == ConnectionState::up)) {
    pushed_orders_.reset();
    if (state == ConnectionState::up) pushed_orders_.emplace(Pushed{now, now, {}, false});
    pushed_portfolio_ = pushed_orders_;
  }
  present = state;
  if (connection == kFirstConnection && state != ConnectionState::up && tickers_since_) {
    candles_.on_outage(Time(last_heard(writer_.view().status().connections[connection])));
    tickers_since_.reset();
  }
  writer_.set_connection(connection, state, now.count());
}

void Publisher::begin_epoch(std::uint8_t connection, Time now) {
  writer_.count(Counter::connects);
  if (connection == kFirstConnection) flow_.begin(now);
  const std::int64_t unix = unix_now();
  writer_.begin_epoch(connection, now.count(), unix);
  candles_.set_unix_offset(Time(unix) - now);
}

void Publisher::set_channel(std::uint8_t connection, const Channel& channel, ChannelState state,
                            std::string_view reason, Time now) {
  const bool candles = channel.kind == ChannelKind::candles;
  const bool refused = state == ChannelState::refused;
  const bool made = candles && refused && candles_.on_refused(channel);
  if (candles && state == ChannelState::sent) candles_.on_requested(channel, now);
  writer_.set_channel(channel.kind, channel.symbol, channel.interval, connection,
                      made ? ChannelState::acknowledged : state, reason, now.count());
  if (made) {
    writer_.set_channel_origin(channel.kind, channel.symbol, channel.interval, Source::ticks);
    return;
  }
  const bool brings_ticks =
      channel.kind == ChannelKind::all_tickers || channel.kind == ChannelKind::ticker;
  const bool acknowledged = state == ChannelState::acknowledged;
  if (brings_ticks && acknowledged) {
    tickers_since_ = now;
    candles_.on_subscribed(channel, now);
  }
  if (channel.kind == ChannelKind::orders && pushed_orders_ &&
      pushed_orders_->acknowledged != acknowledged) {
    pushed_orders_->since = now;
    pushed_orders_->acknowledged = acknowledged;
  }
  // A refused channel delivers nothing more, and one that is wanted again nothing yet; its last
  // price may have come from another channel.
  const bool is_up = states_.at(connection) == ConnectionState::up;
  if (refused || (state == ChannelState::wanted && is_up)) {
    writer_.end_data(channel.kind, channel.symbol, channel.interval, now.count());
  }
}

bool Publisher::is_present(const Ticker& ticker) const {
  const std::uint64_t session = view().status().sessions[ticker.connection % kMaxConnections].load(
      std::memory_order_relaxed);  // written by this thread
  return ticker.epoch != 0 && ticker.epoch == layout::session_epoch(session) &&
         layout::session_state(session) == ConnectionState::up;
}

bool Publisher::is_reconnecting() const {
  return std::any_of(states_.begin(), states_.end(), [](ConnectionState state) {
    return state == ConnectionState::waiting || state == ConnectionState::connecting;
  });
}

bool Publisher::snapshot(const SymbolText& symbol, const RequestedPrice& price, Time now) {
  if (!filter_.wants(symbol)) return false;
  // Instead of ticks of the present session, or of none that there could have been.
  Ticker before;
  const auto cell = view().find(SymbolKey::from(symbol.view()));
  const bool had = cell && view().ticker(*cell).latest(before) && is_present(before);
  if (!writer_.snapshot(symbol, price, now.count())) return false;
  if (had) candles_.on_lost(symbol, now);
  return true;
}

void Publisher::answer_candles(std::size_t series, const std::vector<AnsweredCandle>& candles,
                               Time now) {
  candles_.on_answer(series, candles, now);
  if (capacity_.rejected()) warn_of(capacity_.advice_for_series());
}

void Publisher::anchor(Time behind, Time now) {
  flow_.on_anchor(behind);
  if (flow_.in_doubt()) writer_.doubt_held(kFirstConnection, now.count());
}

bool Publisher::requested_order(const Order& order, Time asked, bool after_gap, Time now) {
  if (!known_orders_.is_news(order, asked)) return false;
  Order stored = order;
  stored.origin = static_cast<std::uint8_t>(Source::rest);
  writer_.requested_order(stored, now.count(), after_gap);
  known_orders_.note(stored, asked);  // after the update, as above
  last_order_ = now;
  return true;
}

void Publisher::orders_read(Time asked, std::optional<Time> compared) {
  writer_.set_orders_listed(asked.count());
  if (compared) writer_.orders_reconciled(compared->count());
}

void Publisher::requested_portfolio(const Portfolio& portfolio, Time now) {
  Portfolio stored = portfolio;
  stored.origin = static_cast<std::uint8_t>(Source::rest);
  writer_.portfolio(kFirstConnection, stored, now.count());
}

void Publisher::unbelievable_portfolio(Time now) {
  writer_.count(Counter::rest_unpriced);
  writer_.end_data(ChannelKind::portfolio, {}, {}, now.count());
}

bool Publisher::mirror(const SymbolText& symbol, const Ticker& ticker, bool event, Time now) {
  if (!filter_.wants(symbol)) {
    writer_.count(Counter::filtered);
    return false;
  }
  if (writer_.mirror(kFirstConnection, symbol, ticker, event, now.count())) return true;
  if (capacity_.rejected()) warn_of(capacity_.advice(TickEvent{symbol, ticker}));
  return false;
}

void Publisher::mirror_flow(Time lag, Time now) {
  writer_.tick_seen(kFirstConnection, now.count(), lag_ms(lag.count()));
}

void Publisher::mirror_order(const Order& order, bool repeated, Time received) {
  if (repeated && !known_orders_.is_news(order, received)) return;
  writer_.order(kFirstConnection, order, received.count());
  known_orders_.note(order, received);
  last_order_ = received;
}

void Publisher::mirror_candle(const SymbolText& symbol, const IntervalText& interval,
                              const Candle& candle, bool live, bool repeated, Time received) {
  const auto is_same = [&](const Candle& other) {
    return other.same_digits(candle) && other.flags == candle.flags;
  };
  const auto series = writer_.add_series(symbol, interval);
  if (!series) {
    if (capacity_.rejected()) warn_of(capacity_.advice_for_series());
    return;
  }
  const auto closed = view().closed_candles(*series);
  Candle stored;
  for (std::uint64_t i = 0; repeated && i < std::min(closed.head(), closed.readable()); ++i) {
    if (closed.read(closed.head() - i, stored) != ReadResult::ok) break;
    if (is_same(stored)) return;
  }
  writer_.candle(*series, kFirstConnection, candle, received.count(), !live);
}

void Publisher::drop_channel(const Channel& channel, Time now) {
  if (candles_.makes_alone(channel)) return;
  writer_.drop_channel(channel.kind, channel.symbol, channel.interval, now.count());
}

std::string CapacityWatch::advice(const Event& event) {
  if (const auto* tick = std::get_if<TickEvent>(&event)) {
    if (std::exchange(told_ticker_, true)) return {};
    return std::string(tick->symbol.view()) + " does not fit into the segment: max-symbols is " +
           std::to_string(writer_.view().cell_count()) +
           "; raise it and restart tickcached (this is said once, the others are counted)";
  }
  if (const auto* candle = std::get_if<CandleEvent>(&event)) {
    return advice_for_series(":" + std::string(candle->symbol.view()) + ":" +
                             std::string(candle->interval.view()));
  }
  return {};
}

std::string CapacityWatch::advice_for_series(const std::string& which) {
  if (std::exchange(told_candles_, true)) return {};
  return "candles" + which + " do not fit into the segment: it has room for " +
         std::to_string(writer_.view().count(layout::kSeries)) +
         " series, of which those no longer configured keep theirs; raise candle-series and "
         "restart "
         "tickcached (this is said once, the others are counted)";
}

std::string CapacityWatch::advice(const Wanted& wanted) const {
  const WritableSegmentView& view = writer_.view();
  const auto missing = static_cast<std::size_t>(std::count_if(
      wanted.symbols.begin(), wanted.symbols.end(),
      [&](const SymbolText& symbol) { return !view.find(SymbolKey::from(symbol.view())); }));
  const std::size_t room = view.cell_count() - view.symbol_count();
  if (missing <= room) return {};
  return std::to_string(missing - room) + " of " + std::to_string(wanted.symbols.size()) +
         " symbols will not fit into the segment: max-symbols is " +
         std::to_string(view.cell_count()) +
         ", and symbols of before keep their places until tickcached is restarted";
}

}  // namespace tickcache::daemon
