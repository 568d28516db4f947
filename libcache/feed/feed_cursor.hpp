// Iterates over the events of a segment, across restarts of the daemon, for Feed and the C
// interface.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libcache/feed/log_cursor.hpp"
#include "libcache/feed/tape_cursor.hpp"
#include "libcache/reader/attachment.hpp"
#include "libcache/reader/judge.hpp"
#include "tickcache/feed.hpp"

namespace tickcache {

/// Belongs to one thread, except stop().
class FeedCursor {
 public:
  enum class Kind : std::uint8_t { none, tick, candle, order, portfolio, status, gap };

  explicit FeedCursor(std::string_view segment) : attachment_(segment) {
    gaps_.reserve(8);  // more than one record needs: no allocation may fail after taking a record
  }

  // These request events from now on. The numbers count from 0, in the order of first request.
  // Symbols are upper case, as SymbolKey makes them.
  void want_all(Delivery delivery);
  std::int32_t want_symbol(const SymbolText& symbol, Delivery delivery);
  std::int32_t want_candles(const SymbolText& symbol, const IntervalText& interval);
  void want_orders();
  void want_portfolio();
  void want_status();

  // These end the requests. A symbol or series that is requested again keeps its number.
  void drop_all(Delivery delivery) noexcept;
  void drop_symbol(const SymbolText& symbol, std::int32_t number, Delivery delivery) noexcept;
  void drop_candles(std::int32_t number) noexcept;
  void drop_orders() noexcept;
  void drop_portfolio() noexcept;
  void drop_status() noexcept;

  /// Takes the next event, without waiting; it stays accessible until the next call. May also
  /// return none after skipping many unwanted ticks.
  Kind next();
  /// Calls use() with that event. `kind` is what next() returned.
  template <class Use>
  void visit(Kind kind, Use&& use) const {
    switch (kind) {
      case Kind::tick:
        return use(tick_);
      case Kind::candle:
        return use(candle_);
      case Kind::order:
        return use(order_);
      case Kind::portfolio:
        return use(portfolio_);
      case Kind::status:
        return use(status_);
      case Kind::gap:
        return use(gap_);
      case Kind::none:
        return;
    }
  }
  [[nodiscard]] const TickEvent& tick() const noexcept { return tick_; }
  [[nodiscard]] std::int32_t candle_number() const noexcept { return candle_number_; }

  /// The approximate number of events that next() could return now.
  [[nodiscard]] std::uint64_t backlog() const noexcept;
  /// How the daemon ended, if it ended and has no successor. next() may still return events that it
  /// published before.
  [[nodiscard]] std::optional<FeedEnd> ended() noexcept;

  /// Sleeps until there may be events.
  WaitResult wait(std::int64_t timeout_ns) noexcept;
  void set_idle_strategy(IdleStrategy strategy) noexcept {
    attachment_.set_idle_strategy(strategy);
  }
  void stop() noexcept { attachment_.stop(); }
  [[nodiscard]] bool stopped() const noexcept { return attachment_.stopped(); }

  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }
  [[nodiscard]] const Attachment& attachment() const noexcept { return attachment_; }

 private:
  struct Series {
    SymbolText symbol;
    IntervalText interval;
    bool wanted = true;
    std::optional<std::uint32_t> index;  ///< in the segment
    LogCursor<Candle> cursor;
    Candle last;               ///< last candle read; received_ns 0: none
    std::uint64_t missed = 0;  ///< lost just before repeats that were skipped
    bool reconnected = false;  ///< reconnected just before repeats that were skipped
    bool not_stored = false;   ///< likewise

    void find_in(const SegmentView& view) noexcept {
      index = view.find_series(SymbolKey::from(symbol.view()), interval);
    }
  };

  [[nodiscard]] const SegmentView& view() const noexcept { return attachment_.view(); }

  Kind pending() noexcept;
  [[nodiscard]] std::int64_t received_ns() const noexcept;
  bool take();
  bool take_order();
  bool take_order_gap();
  bool take_portfolio();
  bool take_candle();
  bool take_candle(Series& series);
  bool take_tick();

  void want_ticks();
  void look_at_ready_tick() noexcept;
  void drop_ready_tick() noexcept;
  void drop_ready(Kind kind) noexcept;
  [[nodiscard]] bool wants_candles() const noexcept;
  [[nodiscard]] TapeCursor& ticks(Delivery delivery) noexcept {
    return delivery == Delivery::every ? every_ : latest_;
  }
  [[nodiscard]] bool has_ticks() const noexcept {
    return every_.has_window() || latest_.has_window();
  }

  bool refresh();
  bool attend(std::int64_t now);
  bool judge_status(std::int64_t now);
  void go_over(std::int64_t now);
  void add_restart_gaps();
  [[nodiscard]] bool writer_is_gone(std::int64_t now) const noexcept;
  [[nodiscard]] std::uint32_t wake_word() const noexcept;
  [[nodiscard]] std::uint32_t wake_bits() const noexcept;

  FeedGap& add_gap(ChannelKind channel, GapCause cause, std::int64_t since_boot_ns,
                   const Series* series = nullptr);
  void add_log_gaps(ChannelKind channel, const LogTaken& taken, const Series* series = nullptr);

  Attachment attachment_;
  std::optional<OpenedSegment> successor_;  ///< used once this segment is read to its end
  std::int64_t attended_ns_ = 0;
  std::uint32_t seen_ = 0;           ///< wake word before the last full check
  std::int64_t slept_until_ns_ = 0;  ///< wait() was not woken, and nothing was taken since; or 0
  bool looked_ = true;               ///< everything was checked since seen_ was read
  std::uint32_t series_count_ = 0;   ///< of the segment, at the last search
  std::int32_t candle_number_ = 0;   ///< of candle_
  bool wants_orders_ = false;
  bool wants_portfolio_ = false;
  bool wants_status_ = false;
  bool status_due_ = false;

  TapeCursor every_{Delivery::every};
  TapeCursor latest_{Delivery::latest};
  std::array<std::uint32_t, kMaxConnections> epochs_{};  ///< of the last ticks returned
  LogCursor<Order> orders_;
  std::uint64_t order_gap_seen_ = 0;     ///< position in the ring of gaps
  std::int64_t order_gap_since_ns_ = 0;  ///< of the last gap reported
  LogCursor<Portfolio> portfolios_;
  std::vector<Series> series_;
  std::int64_t judged_ns_ = 0;
  std::array<std::uint64_t, kMaxConnections + 2> signs_{};  ///< inputs of the last judgement

  // What next() returns: gaps, then the record that they precede.
  std::vector<FeedGap> gaps_;
  std::size_t next_gap_ = 0;
  TickEvent tick_;
  ClosedCandle candle_;
  OrderUpdate order_;
  PortfolioUpdate portfolio_;
  FeedGap gap_;
  FeedStatus status_;
  Kind ready_ = Kind::none;
  std::uint64_t missed_ = 0;
};

}  // namespace tickcache
