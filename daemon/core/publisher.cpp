#include "daemon/core/publisher.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "libcache/segment/clock.hpp"

namespace tickcache::daemon {

namespace {

/// The connection that brings tickers.
constexpr std::uint8_t kTickers = 0;

/// Stores the event of one message.
struct Destination {
  const Filter& filter;
  TickFlow& flow;
  std::uint8_t connection;
  Belongs belongs;
  std::int64_t now;
  CacheWriter& writer;
  CandleMaker& candles;

  void operator()(const NothingEvent& event) const noexcept {
    writer.count(event.why);
    for (std::size_t i = 0; i < event.lost.count; ++i) {
      const Channel& lost = event.lost.channels[i];
      if (lost.kind == ChannelKind::ticker) {
        writer.reject_tick(lost.symbol);
        candles.on_lost(lost.symbol, Time(now));
      } else {
        if (lost.kind == ChannelKind::all_tickers) candles.on_all_lost(Time(now));
        writer.end_data(lost.kind, lost.symbol, lost.interval, now);
      }
    }
  }
  void operator()(const PingEvent&) const noexcept { writer.count(Counter::pings); }
  void operator()(const AcknowledgementEvent&) const noexcept {
    writer.count(Counter::acknowledgements);
  }
  void operator()(const ErrorEvent&) const noexcept { writer.count(Counter::errors); }

  void operator()(const TickEvent& event) const noexcept {
    const Lag lag = flow.on_tick(Time(now), event.ticker.exchange_time_ns);
    if (unasked() || !filter.wants(event.symbol)) {
      writer.tick_seen(connection, now, lag_ms(lag.delay.count()), lag.late);
      writer.count(Counter::filtered);
      return;
    }
    count_absent(event);
    Ticker ticker = event.ticker;
    ticker.lag_ms = lag_ms(lag.delay.count());
    if (lag.late) ticker.objections |= Ticker::kLate;
    const bool stored = writer.ticker(connection, event.symbol, ticker, now, earlier());
    if (stored && candles.makes_any()) {
      candles.on_tick(writer.last_cell(), event.ticker, connection, Time(now));
    }
  }

  void operator()(const CandleEvent& event) const noexcept {
    if (unasked()) return writer.count(Counter::filtered);
    if (event.quantity_absent) writer.count(Counter::absent_quantity);
    Candle candle = event.candle;
    candle.origin = static_cast<std::uint8_t>(Source::websocket);
    writer.candle(connection, event.symbol, event.interval, candle, now, earlier());
    candles.on_exchange_candle(event, Time(now));
  }

  void operator()(const OrderEvent& event) const noexcept {
    if (unasked()) return writer.count(Counter::filtered);
    count_absent(event);
    writer.order(connection, event.order, now, earlier());
  }

  void operator()(const PortfolioEvent& event) const noexcept {
    if (unasked()) return writer.count(Counter::filtered);
    count_absent(event);
    writer.portfolio(connection, event.portfolio, now, earlier());
  }

  [[nodiscard]] bool unasked() const noexcept { return belongs == Belongs::unasked; }
  [[nodiscard]] bool earlier() const noexcept { return belongs == Belongs::earlier; }

  template <class E>
  void count_absent(const E& event) const noexcept {
    if (event.quantity_absent) writer.count(Counter::absent_quantity);
    if (event.timestamp_ignored) writer.count(Counter::ignored_timestamp);
  }
};

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
  known_orders_.load(std::move(states));
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
  for (TickFlow& flow : flows_) flow.configure(trust.max_lag);
  candles_.set_max_lag(trust.max_lag);
}

void Publisher::on_beat(Time now) {
  writer_.release_held(now.count());
  last_beat_ = now;
  candles_.on_beat(now, flows_[kTickers].exchange_offset());
  if (capacity_.rejected()) warn_of(capacity_.advice_for_series());
  for (std::uint8_t i = 0; i < kMaxConnections; ++i) {
    if (states_[i] == ConnectionState::unused) continue;
    limits_[i] = flows_[i].silence_limit(trust_.silence_after);
    const Time limit = audited_ ? std::min(SilenceLimit::kAudited, limits_[i]) : limits_[i];
    if (limit == published_limits_[i]) continue;
    published_limits_[i] = limit;
    writer_.set_silence_limit(i, limit.count());
  }
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

void Publisher::message(std::uint8_t connection, std::size_t size, Time now) {
  writer_.message(connection, size, now.count());
}

/// Whether it is an order update that is not news any more.
bool Publisher::is_outdated(const Event& event, Belongs belongs, Time now) {
  if (belongs == Belongs::unasked) return false;
  if (std::holds_alternative<PortfolioEvent>(event)) {
    if (pushed_portfolio_) pushed_portfolio_->last = now;
    return false;
  }
  const auto* const update = std::get_if<OrderEvent>(&event);
  if (update == nullptr) return false;
  if (pushed_orders_) pushed_orders_->last = now;
  if (known_orders_.is_outdated(update->order, now)) return true;
  last_order_ = now;
  return false;
}

void Publisher::note_lost(const LostData& lost, Time now) {
  for (std::size_t i = 0; i < lost.count; ++i) {
    if (lost.channels[i].kind == ChannelKind::orders && pushed_orders_) pushed_orders_->since = now;
  }
}

void Publisher::publish(const Event& event, Belongs belongs, std::uint8_t connection, Time now) {
  if (const auto* const nothing = std::get_if<NothingEvent>(&event)) note_lost(nothing->lost, now);
  if (is_outdated(event, belongs, now)) return;
  std::visit(Destination{filter_, flows_.at(connection), connection, belongs, now.count(), writer_,
                         candles_},
             event);
  // After the update: a run that ends in between has not lost it.
  const auto* const update = std::get_if<OrderEvent>(&event);
  if (update != nullptr && belongs != Belongs::unasked) known_orders_.note(update->order, now);
  if (capacity_.rejected()) warn_of(capacity_.advice(event));
}

void Publisher::set_connection(std::uint8_t connection, ConnectionState state, Time now) {
  ConnectionState& present = states_.at(connection);
  if (state == ConnectionState::waiting) {
    if (present == ConnectionState::up) writer_.count(Counter::drops);
    if (present == ConnectionState::connecting) writer_.count(Counter::failures);
  }
  if (connection == 0 && (state == ConnectionState::up) != (present == ConnectionState::up)) {
    pushed_orders_.reset();
    if (state == ConnectionState::up) pushed_orders_.emplace(Pushed{now, now, {}, false});
    pushed_portfolio_ = pushed_orders_;
  }
  present = state;
  if (state != ConnectionState::up && tickers_since_.at(connection)) {
    candles_.on_outage(Time(last_heard(writer_.view().status().connections[connection])));
    tickers_since_.at(connection).reset();
  }
  writer_.set_connection(connection, state, now.count());
}

void Publisher::set_error(std::uint8_t connection, std::string_view why, std::uint32_t failures,
                          Time now) {
  writer_.set_error(connection, why, failures, now.count());
}

void Publisher::begin_epoch(std::uint8_t connection, Time now) {
  writer_.count(Counter::connects);
  flows_.at(connection).begin(now);
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
    tickers_since_.at(connection) = now;
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

std::optional<Time> Publisher::tickers_since(std::uint8_t connection) const {
  return tickers_since_.at(connection);
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
  const bool had =
      cell && view().ticker(*cell).latest(before) && before.epoch != 0 &&
      before.epoch ==
          layout::session_epoch(view().status().sessions[before.connection % kMaxConnections].load(
              std::memory_order_relaxed));
  if (!writer_.snapshot(symbol, price, now.count())) return false;
  if (had) candles_.on_lost(symbol, now);
  return true;
}

void Publisher::answer_candles(std::size_t series, const std::vector<AnsweredCandle>& candles,
                               Time now) {
  candles_.on_answer(series, candles, now);
  if (capacity_.rejected()) warn_of(capacity_.advice_for_series());
}

void Publisher::anchor(std::uint8_t connection, Time behind, Time now) {
  TickFlow& flow = flows_.at(connection);
  flow.on_anchor(behind);
  if (flow.in_doubt()) writer_.doubt_held(connection, now.count());
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
  writer_.portfolio(0, stored, now.count());
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
  if (writer_.mirror(0, symbol, ticker, event, now.count())) return true;
  if (capacity_.rejected()) warn_of(capacity_.advice(TickEvent{symbol, ticker}));
  return false;
}

void Publisher::mirror_flow(Time lag, Time now) {
  writer_.tick_seen(0, now.count(), lag_ms(lag.count()));
}

void Publisher::mirror_order(const Order& order, bool repeated, Time received) {
  if (repeated && !known_orders_.is_news(order, received)) return;
  writer_.order(0, order, received.count());
  known_orders_.note(order, received);
  last_order_ = received;
}

void Publisher::mirror_candle(const SymbolText& symbol, const IntervalText& interval,
                              const Candle& candle, bool live, bool repeated, Time received) {
  const auto is_same = [&](const Candle& other) {
    return other.open_time_ns == candle.open_time_ns && other.open == candle.open &&
           other.high == candle.high && other.low == candle.low && other.close == candle.close &&
           other.volume == candle.volume && other.flags == candle.flags;
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
  writer_.candle(*series, 0, candle, received.count(), !live);
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
    if (std::exchange(told_candles_, true)) return {};
    return "candles:" + std::string(candle->symbol.view()) + ":" +
           std::string(candle->interval.view()) + " do not fit into the segment: it has room for " +
           std::to_string(writer_.view().count(layout::kSeries)) +
           " series, and those that are no longer configured keep theirs until tickcached is "
           "restarted";
  }
  return {};
}

std::string CapacityWatch::advice_for_series() {
  if (std::exchange(told_candles_, true)) return {};
  return "candles do not fit into the segment: it has room for " +
         std::to_string(writer_.view().count(layout::kSeries)) +
         " series; raise candle-series and restart tickcached (this is said once, the others are "
         "counted)";
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
