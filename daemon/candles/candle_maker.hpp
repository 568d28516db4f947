// Makes candles of ticks, for an exchange that sends none. It decides what is stored; it has no
// I/O, no clock and no thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/candles/exact_sum.hpp"
#include "daemon/candles/interval.hpp"
#include "daemon/core/event.hpp"
#include "daemon/core/question.hpp"
#include "daemon/core/timing.hpp"
#include "daemon/platform/subscriptions.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

/// A tick belongs to the candle of its exchange time, whenever it arrives; without a time, to that
/// of its arrival. A candle closes max-lag after its interval's end by the exchange's clock, as its
/// ticks show it; a tick that comes later corrects the closed candle. An interval without ticks has
/// no candle.
///
/// A candle that the exchange sends takes the place of ours, and as long as it sends some, ours are
/// not stored. Times are CLOCK_BOOTTIME and never go backwards, unless they are said to be Unix.
class CandleMaker {
 public:
  /// The exchange may send nothing for this long after a request before our candles are stored.
  static constexpr Time kPatience = std::chrono::seconds(5);
  /// After its end, until REST has all of a candle.
  static constexpr Time kAggregatesLag = std::chrono::seconds(90);
  /// The last intervals of a series to which late ticks are added.
  static constexpr std::size_t kRecent = 8;
  /// Ticks that show another exchange's time than the machine's, by more than this, are wrong.
  static constexpr Time kMostApart = std::chrono::minutes(10);

  /// One series, as CandleHistory sees it.
  struct SeriesView {
    SymbolText symbol;
    const MadeInterval* interval = nullptr;
    bool wanted = false;
    bool of_all = false;  ///< wanted because those of all symbols are
    Time ours_from{};     ///< from then on, our candles and REST's are stored
  };

  /// `writer` must outlive it.
  explicit CandleMaker(CacheWriter& writer) : writer_(writer) {}

  void want(const Wanted& wanted);
  /// 0: ticks are never late.
  void set_max_lag(Time max_lag);
  /// Unix time minus CLOCK_BOOTTIME: the exchange's, as long as ticks do not show it.
  void set_unix_offset(Time offset) {
    unix_offset_ = offset;
    if (!measured_) offset_ = offset;
  }
  /// The exchange is not asked for the channel's candles: only ticks bring them, or nothing does.
  [[nodiscard]] bool makes_alone(const Channel& channel) const;
  [[nodiscard]] bool makes_any() const { return !series_.empty() || !of_all_.empty(); }

  /// A tick that was stored in `cell`, not a snapshot. Only its price, quantity and exchange time
  /// are read. Allocates nothing, except for a symbol's first tick.
  void on_tick(std::uint32_t cell, const Ticker& ticker, std::uint8_t connection, Time now);
  /// All ticks of the channel come from now on.
  void on_subscribed(const Channel& tickers, Time now);
  /// The connection is lost. It was known to work at `last_heard`.
  void on_outage(Time last_heard);
  /// Ticks of the symbol may have been lost, up to now.
  void on_lost(const SymbolText& symbol, Time now);
  /// Of any symbol.
  void on_all_lost(Time now);

  /// A channel of candles was requested.
  void on_requested(const Channel& channel, Time now);
  /// The exchange refuses it. Returns whether they are made of ticks.
  bool on_refused(const Channel& channel);
  void on_exchange_candle(const CandleEvent& event, Time now);
  /// Candles that the exchange gave when asked, of the series' own interval, in order of time.
  void on_answer(std::size_t series, const std::vector<AnsweredCandle>& candles, Time now);

  /// Stores what has changed; call it several times a second. `offset`: the exchange's time minus
  /// CLOCK_BOOTTIME, as the ticks show it.
  void on_beat(Time now, std::optional<Time> offset);

  // --- for CandleHistory
  [[nodiscard]] std::size_t size() const { return series_.size(); }
  /// Numbers stay the same.
  [[nodiscard]] SeriesView series(std::size_t i) const;
  /// The exchange's Unix time.
  [[nodiscard]] std::int64_t exchange_time(Time now) const { return (now + offset_).count(); }
  /// The end, in the exchange's Unix time, of the oldest closed candle that is incomplete and that
  /// nothing has replaced.
  [[nodiscard]] std::optional<std::int64_t> incomplete_end(std::size_t series) const;

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static constexpr std::uint32_t kUnknown = 0xffff'fffe;

  /// A candle of which ticks are known. Times are the exchange's.
  struct Making {
    std::int64_t open_time = -1;  ///< -1: not in use
    std::int64_t first_time = 0;  ///< of the ticks
    std::int64_t last_time = 0;
    Decimal open;
    Decimal high;
    Decimal low;
    Decimal close;
    ExactSum volume;
    std::uint64_t trades = 0;
    bool lossy = false;     ///< ticks may be missing
    bool closed = false;    ///< it is not added to any more, but for late ticks
    bool replaced = false;  ///< by the exchange's
    bool changed = false;   ///< since it was stored
  };

  struct Series {
    SymbolText symbol;
    IntervalText name;
    const MadeInterval* interval = nullptr;
    std::optional<std::uint32_t> slot;  ///< in the segment
    std::uint32_t next = kNone;         ///< the symbol's next series
    std::uint8_t last = 0;              ///< index in `recent` of the candle of the newest tick
    std::uint8_t connection = 0;
    bool wanted = true;
    bool was_wanted = false;  ///< until the last want()
    bool of_all = false;
    bool waiting = false;  ///< in changed_
    Time ours_from = Time::max();
    Time whole_since = Time::max();  ///< no ticks were lost since
    std::array<Making, kRecent> recent;

    [[nodiscard]] bool contains(const Making& making, std::int64_t time) const {
      return making.open_time >= 0 && time >= making.open_time &&
             time < making.open_time + interval->length.count();
    }
    [[nodiscard]] Making& at(std::int64_t open_time) {
      return recent[static_cast<std::size_t>(open_time / interval->length.count()) % kRecent];
    }
  };

  std::uint32_t add(const SymbolText& symbol, const IntervalText& interval);
  [[nodiscard]] Time whole_since() const;
  void adopt(Series& series);
  std::uint32_t attach(std::uint32_t cell);
  Series* find(const SymbolText& symbol, const IntervalText& interval);
  void add_tick(std::uint32_t index, const Ticker& ticker, std::int64_t time, std::int64_t arrival);
  bool turn_to(std::uint32_t index, const Ticker& ticker, std::int64_t time, std::int64_t arrival);
  [[nodiscard]] bool is_stored(const Series& series, std::int64_t time) const;
  void lose(Series& series, std::int64_t from);
  void lose_until_now(Series& series, Time now);
  void change(std::uint32_t index);
  void close_due(std::int64_t now);
  void close(std::uint32_t index, Making& making);
  void store_changed(Time now);
  bool store(Series& series, const Candle& candle, Time now);
  void tell_origin(const Series& series, Source origin);
  [[nodiscard]] std::int64_t end_of(const Series& series, const Making& making) const;
  [[nodiscard]] bool is_lossy(const Series& series, const Making& making) const;
  [[nodiscard]] Time lag() const;

  CacheWriter& writer_;
  std::vector<Series> series_;
  std::unordered_map<std::string, std::uint32_t> by_symbol_;  ///< the first series
  std::vector<std::uint32_t> by_cell_;                        ///< the first series
  std::vector<Channel> of_all_;
  std::vector<Channel> unrequested_;  ///< channels of candles that the exchange is not asked for
  std::vector<std::uint32_t> changed_;
  std::int64_t next_close_ = 0;
  Time max_lag_{};
  Time unix_offset_{};
  Time offset_{};  ///< the exchange's Unix time minus CLOCK_BOOTTIME
  bool measured_ = false;
  Time now_{};
  Time wanted_at_{};
  Time subscribed_at_ = Time::max();  ///< to tickers; max: it is not
};

}  // namespace tickcache::daemon
