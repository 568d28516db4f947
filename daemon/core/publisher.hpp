// Stores the data from the sources in the segment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/candles/candle_maker.hpp"
#include "daemon/core/event.hpp"
#include "daemon/core/known_orders.hpp"
#include "daemon/core/tick_flow.hpp"
#include "daemon/core/wake_up.hpp"
#include "daemon/platform/subscriptions.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

/// Makes the log messages about data that does not fit into the segment.
class CapacityWatch {
 public:
  /// `writer` outlives it.
  explicit CapacityWatch(const CacheWriter& writer) : writer_(writer) {}

  /// Whether anything did not fit since the last call.
  [[nodiscard]] bool rejected() noexcept {
    const std::uint64_t count =
        writer_.view().status().counters[static_cast<std::size_t>(Counter::rejected_capacity)].load(
            std::memory_order_relaxed);  // written by this thread
    if (count == counted_) return false;
    counted_ = count;
    return true;
  }

  /// Advice for `event`, which did not fit; empty if it was already given in this run.
  [[nodiscard]] std::string advice(const Event& event);

  /// Advice if `wanted` does not fit into this segment; empty if it does.
  [[nodiscard]] std::string advice(const Wanted& wanted) const;
  /// The same for candles: `which`, in the form ":SYMBOL:INTERVAL", or some that were made.
  [[nodiscard]] std::string advice_for_series(const std::string& which = {});

 private:
  const CacheWriter& writer_;
  std::uint64_t counted_ = 0;
  bool told_ticker_ = false;
  bool told_candles_ = false;
};

/// How the daemon judges the ticks.
struct TrustSettings {
  Time silence_after{};  ///< the most that ticks may pause; 0: any time
  Time max_lag{};        ///< ticks that are later are not live; 0: any lag
};

/// What the open connection pushes of orders, or of the portfolio.
struct Pushed {
  Time opened{};  ///< the connection
  Time since{};   ///< nothing pushed was lost since then, as far as is known
  Time last{};    ///< the newest record; 0: none
  bool acknowledged = false;
};

/// Stores the sources' records and the state of their connections. Belongs to the loop's thread.
/// Times are CLOCK_BOOTTIME.
class Publisher {
 public:
  /// Ticks that are not `wanted` are only counted. `writer` must outlive it.
  Publisher(CacheWriter& writer, const Wanted& wanted, const TrustSettings& trust);

  /// Changes what is wanted. Symbols no longer wanted become unsubscribed in the segment.
  void want(const Wanted& wanted);
  void set_trust(const TrustSettings& trust);
  /// Call it several times a second.
  void on_beat(Time now);

  /// A message of `size` bytes was received.
  void message(std::uint8_t connection, std::size_t size, Time now) {
    writer_.message(connection, size, now.count());
  }
  /// Stores and counts a message's content. Makes no system call and allocates nothing, except what
  /// the writer needs for a new symbol, unless something does not fit.
  void publish(const Event& event, Belongs belongs, std::uint8_t connection, Time now);
  void count(Counter counter) { writer_.count(counter); }

  /// Also counts drops and failures.
  void set_connection(std::uint8_t connection, ConnectionState state, Time now);
  /// Stores why the connection's attempt or session ended, and the failures since it was last open.
  void set_error(std::uint8_t connection, std::string_view why, std::uint32_t failures, Time now) {
    writer_.set_error(connection, why, failures, now.count());
  }
  /// The connection has opened: records published from now on belong to a new epoch.
  void begin_epoch(std::uint8_t connection, Time now);
  void set_channel(std::uint8_t connection, const Channel& channel, ChannelState state,
                   std::string_view reason, Time now);
  void drop_channel(const Channel& channel, Time now);

  // --- what is known besides the ticks
  [[nodiscard]] const WritableSegmentView& view() const { return writer_.view(); }
  [[nodiscard]] bool wants(const SymbolText& symbol) const { return filter_.wants(symbol); }
  /// The ticks of kFirstConnection.
  [[nodiscard]] TickFlow& flow() { return flow_; }
  /// How long the ticks may pause, as their own past says.
  [[nodiscard]] Time silence_limit() const { return silence_limit_; }
  /// When the present subscription to tickers was acknowledged last, on a connection that is open;
  /// nothing without one.
  [[nodiscard]] std::optional<Time> tickers_since() const { return tickers_since_; }
  /// Whether the ticker is of a session that is open.
  [[nodiscard]] bool is_present(const Ticker& ticker) const;
  /// A connection was lost, or could not be opened, and is to be opened again.
  [[nodiscard]] bool is_reconnecting() const;
  /// Of orders or portfolio; nothing while the connection that pushes them is not open.
  [[nodiscard]] const std::optional<Pushed>& pushed(ChannelKind kind) const {
    return kind == ChannelKind::orders ? pushed_orders_ : pushed_portfolio_;
  }
  [[nodiscard]] const KnownOrders& known_orders() const { return known_orders_; }
  /// Every order that was final then is known, or was created before all that are.
  [[nodiscard]] Time orders_proven() const { return Time(writer_.orders_listed()); }
  /// When the newest order update was stored; 0: never.
  [[nodiscard]] Time last_order() const { return last_order_; }
  /// As CacheWriter::has_order_gap().
  [[nodiscard]] bool has_order_gap() const { return writer_.has_order_gap(); }
  /// Stores an order that was asked for at `asked`, if it is news. `after_gap`: others may be
  /// missing before it. Returns whether it is news.
  bool requested_order(const Order& order, Time asked, bool after_gap, Time now);
  /// What was asked for since `asked` has been stored. Nothing is missing before `compared`;
  /// nothing: some may be.
  void orders_read(Time asked, std::optional<Time> compared);
  void forget_order(std::string_view id) { known_orders_.forget(id); }
  void requested_portfolio(const Portfolio& portfolio, Time now);
  /// The portfolio that the exchange gave is not to be believed.
  void unbelievable_portfolio(Time now);
  /// As CacheWriter::snapshot(), for wanted symbols.
  bool snapshot(const SymbolText& symbol, const RequestedPrice& price, Time now);
  /// As CacheWriter::set_objection().
  void set_objection(std::uint32_t cell, std::uint8_t bit, bool on) {
    writer_.set_objection(cell, bit, on);
  }
  /// By the exchange's own times, the newest ticks are behind by this much.
  void anchor(Time behind, Time now);
  /// As CacheWriter::set_confirmed().
  void confirm(Time verified, Time valid_for) {
    writer_.set_confirmed(verified.count(), valid_for.count());
  }
  /// Whether prices are confirmed while ticks pause: then ticks alone are no proof for longer than
  /// SilenceLimit::kAudited.
  void set_audited(bool audited) { audited_ = audited; }

  // --- records of another machine's segment, on connection 0
  /// As CacheWriter::mirror(), for wanted symbols. Returns whether it was stored.
  bool mirror(const SymbolText& symbol, const Ticker& ticker, bool event, Time now);
  /// Messages come, `lag` late at most.
  void mirror_flow(Time lag, Time now);
  void set_hops(std::uint64_t hops) { writer_.set_hops(hops); }
  /// `repeated`: it may be stored already, and is left out if it is.
  void mirror_order(const Order& order, bool repeated, Time received);
  void mirror_candle(const SymbolText& symbol, const IntervalText& interval, const Candle& candle,
                     bool live, bool repeated, Time received);
  void mirror_portfolio(const Portfolio& portfolio, Time received) {
    writer_.portfolio(0, portfolio, received.count());
  }
  /// As CacheWriter's.
  void end_data(ChannelKind kind, Time now) { writer_.end_data(kind, {}, {}, now.count()); }
  void mark_order_gap(std::int64_t since_unix_ns, Time now) {
    writer_.mark_order_gap(since_unix_ns, now.count());
  }

  /// Unix time minus CLOCK_BOOTTIME: read at each connection. For tests on a clock of their own.
  void set_unix_offset(Time offset) { candles_.set_unix_offset(offset); }
  /// The candles that are made of ticks.
  [[nodiscard]] const CandleMaker& candles() const { return candles_; }
  /// As CandleMaker::on_answer().
  void answer_candles(std::size_t series, const std::vector<AnsweredCandle>& candles, Time now);

  /// The exchange has accepted the key, in this run or an earlier one.
  [[nodiscard]] bool key_accepted() const { return writer_.key_accepted(); }
  void set_key_accepted() { writer_.set_key_accepted(); }
  /// As CacheWriter's.
  void set_key_rejected(Time since, Time retry_until) {
    writer_.set_key_rejected(since.count(), retry_until.count());
  }

  /// Call this after each message, and drained() when there are no more.
  void stored(Time now) noexcept { wake_up_.stored(now); }
  /// Wakes the readers for everything stored.
  void drained() noexcept { wake_up_.drained(); }

 private:
  struct Store;

  void load_orders();

  CacheWriter& writer_;
  Filter filter_;
  CandleMaker candles_;
  WakeUp wake_up_;
  CapacityWatch capacity_;
  TrustSettings trust_;
  bool audited_ = false;
  Time last_beat_{};
  std::array<ConnectionState, kMaxConnections> states_{};
  TickFlow flow_;
  Time silence_limit_{};
  Time published_limit_{};
  std::optional<Time> tickers_since_;
  std::optional<Pushed> pushed_orders_;
  std::optional<Pushed> pushed_portfolio_;
  KnownOrders known_orders_;
  Time last_order_{};
};

}  // namespace tickcache::daemon
