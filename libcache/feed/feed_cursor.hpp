// The events of a segment, one after the other, across restarts of the daemon: what Feed and the C
// interface hand out.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
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

  explicit FeedCursor(std::string name) : attachment_(std::move(name)) {
    gaps_.reserve(8);  // for more than one record has: a record that was taken must not be lost
  }

  // Each asks for events from now on. Numbers count from 0, in the order of first asking.
  void want_all(Delivery delivery);
  std::int32_t want_symbol(const SymbolText& symbol, Delivery delivery);
  std::int32_t want_candles(const SymbolText& symbol, const IntervalText& interval);
  void want_orders();
  void want_portfolio();
  void want_status();

  /// Takes the next event, without waiting; it can be looked at until the next call. Gives none
  /// also after a while in which there was nothing but ticks that nobody wants.
  Kind next();
  /// Calls use() with that event, of the kind that next() returned.
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

  /// About as many events as next() would give now.
  [[nodiscard]] std::uint64_t backlog() const noexcept;
  /// How the daemon has ended, if it has ended and has no successor; next() may still give what it
  /// published before.
  [[nodiscard]] std::optional<FeedEnd> ended() noexcept;

  /// Sleeps until there may be events.
  WaitResult wait(std::int64_t timeout_ns) noexcept;
  void stop() noexcept { attachment_.stop(); }
  [[nodiscard]] bool stopped() const noexcept { return attachment_.stopped(); }

  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }
  [[nodiscard]] const Attachment& attachment() const noexcept { return attachment_; }

 private:
  struct Series {
    SymbolText symbol;
    IntervalText interval;
    std::optional<std::uint32_t> index;  ///< in the segment
    LogCursor<Candle> cursor;
    Candle last;               ///< read last; received_ns 0: none
    std::uint64_t missed = 0;  ///< directly before repeats that were not given
    bool reconnected = false;  ///< the same
  };

  [[nodiscard]] const SegmentView& view() const noexcept { return attachment_.view(); }

  Kind pending() noexcept;
  bool take();
  bool take_order();
  bool take_order_gap();
  bool take_portfolio();
  bool take_candle();
  bool take_candle(Series& series);
  bool take_tick();

  void want_ticks();
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

  FeedGap& add_gap(ChannelKind channel, GapCause cause, std::int64_t since_boot_ns);
  void add_log_gaps(ChannelKind channel, const LogTaken& taken, const Series* series = nullptr);

  Attachment attachment_;
  std::optional<OpenedSegment> successor_;  ///< to go over to when this segment is read to its end
  std::int64_t attended_ns_ = 0;
  std::uint32_t seen_ = 0;          ///< wake word before the last look at everything
  bool looked_ = true;              ///< at everything, since seen_ was taken
  std::uint32_t series_count_ = 0;  ///< of the segment, when it was last searched
  std::int32_t candle_number_ = 0;  ///< of candle_
  bool wants_orders_ = false;
  bool wants_portfolio_ = false;
  bool wants_status_ = false;
  bool status_due_ = false;

  TapeCursor every_{Delivery::every};
  TapeCursor latest_{Delivery::latest};
  std::array<std::uint32_t, kMaxConnections> epochs_{};  ///< of the ticks given last
  LogCursor<Order> orders_;
  std::uint64_t order_gap_seen_ = 0;     ///< position in the ring of gaps
  std::int64_t order_gap_since_ns_ = 0;  ///< of the gap told last
  LogCursor<Portfolio> portfolios_;
  std::vector<Series> series_;
  std::int64_t judged_ns_ = 0;
  std::array<std::uint64_t, kMaxConnections + 2> signs_{};  ///< what the judgement was made from

  // What next() gives: gaps, and then the record that they belong to.
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
