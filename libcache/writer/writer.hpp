// The only writer of a segment.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libcache/segment/segment_view.hpp"
#include "libcache/writer/segment_owner.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache {

struct WriterOptions {
  std::string segment{"tickcache"};
  mode_t mode = 0640;
  Capacities capacities;
  std::int64_t liveness_timeout_ns = 1'000'000'000;
  std::int64_t silence_after_ns = 30'000'000'000;
  std::string url;       ///< without the key; stored in the segment
  std::string_view key;  ///< only its fingerprint is stored
  std::string version;
  /// Select the tickers and candle series to carry over: those still configured, so that the others
  /// do not occupy slots. If empty, everything is carried over.
  std::function<bool(const SymbolText&)> wants_ticker;
  std::function<bool(const SymbolText&, const IntervalText&)> wants_candles;
  /// Unix time minus CLOCK_BOOTTIME, to date gap marks; from the clocks if absent.
  std::optional<std::int64_t> unix_offset_ns;
};

/// As Ticker::lag_ms.
constexpr std::uint16_t lag_ms(std::int64_t lag) noexcept {
  constexpr std::int64_t kMillisecond = 1'000'000;
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(lag / kMillisecond, 0, 65'535));
}

/// A price that the daemon asked for.
struct RequestedPrice {
  Decimal price;
  /// The exchange's Unix time of the trade; 0 if unknown.
  std::int64_t exchange_time_ns = 0;
  /// The exchange's Unix time when it answered: a tick from then on is newer. 0 if unknown.
  std::int64_t answered_at_ns = 0;
  std::int64_t requested_ns = 0;  ///< CLOCK_BOOTTIME
};

/// As the symbol of a channel of candles: those of every symbol, made of ticks.
inline constexpr SymbolText kEverySymbol{"ALL"};

/// When an open connection was last known to work: at its last message, or when it opened. Data
/// sent after that and before its loss was noticed (a suspension, the idle timeout) is lost.
std::int64_t last_heard(const layout::ConnectionActivity& activity) noexcept;

/// Publishes a new segment and keeps it up to date. Orders and portfolio come on connection 0.
/// Belongs to one thread. `now` is always CLOCK_BOOTTIME in nanoseconds. Lookups see stored data at
/// once; flush() wakes waiting readers. Stores make no system call and allocate nothing.
class CacheWriter {
 public:
  /// Takes the lock, creates the segment, carries over the predecessor's data and publishes. If it
  /// throws WriterError, the predecessor is unchanged.
  CacheWriter(const WriterOptions& options, std::int64_t now);
  ~CacheWriter();
  CacheWriter(const CacheWriter&) = delete;
  CacheWriter& operator=(const CacheWriter&) = delete;

  // --- the daemon's state
  void beat(std::int64_t now) noexcept;
  /// Publishes `state` and ends every connection's epoch. The segment stays.
  void stop(RunState state, std::int64_t now) noexcept;
  /// Checks that the segment still has its name. If the name is gone, publishes the segment again
  /// with all its data. Throws WriterError if another file has the name now.
  void keep_name(std::int64_t now);
  void set_key_accepted() noexcept;
  /// Whether the exchange has ever accepted this key at this URL, in this run or an earlier one.
  [[nodiscard]] bool key_accepted() const noexcept;
  /// The exchange rejects the key since then; 0: it no longer does. `retry_until`: 0 if the key was
  /// never accepted, and is not retried.
  void set_key_rejected(std::int64_t since, std::int64_t retry_until) noexcept;

  // --- connections
  /// A connection has opened: starts and returns the next epoch. Call it before storing any record
  /// of the connection. `unix_now` dates the gap mark of orders.
  std::uint32_t begin_epoch(std::uint8_t connection, std::int64_t now,
                            std::int64_t unix_now) noexcept;
  void set_connection(std::uint8_t connection, ConnectionState state, std::int64_t now) noexcept;
  /// Stores why its attempt or session ended. `failures` as in layout::ConnectionError; the next
  /// begin_epoch() resets it to 0.
  void set_error(std::uint8_t connection, std::string_view why, std::uint32_t failures,
                 std::int64_t now) noexcept;

  // --- channels
  void set_channel(ChannelKind kind, const SymbolText& symbol, const IntervalText& interval,
                   std::uint8_t connection, ChannelState state, std::string_view reason,
                   std::int64_t now) noexcept;
  /// Where the channel's data comes from. It stays over changes of the state.
  void set_channel_origin(ChannelKind kind, const SymbolText& symbol, const IntervalText& interval,
                          Source origin) noexcept;
  /// The channel is no longer wanted: its data is stale from now on.
  void drop_channel(ChannelKind kind, const SymbolText& symbol, const IntervalText& interval,
                    std::int64_t now) noexcept;
  /// What is stored of the channel is no longer current, though the connection is up: the
  /// subscription has ended, or a message was lost. It counts as of a previous epoch until
  /// something of a present subscription is stored, and that record says that others were not.
  void end_data(ChannelKind kind, const SymbolText& symbol, const IntervalText& interval,
                std::int64_t now) noexcept;
  /// The connection's ticks are silent after this long without one; 0: see the options.
  void set_silence_limit(std::uint8_t connection, std::int64_t limit) noexcept;
  /// The exchange had the stored prices at `verified` (CLOCK_BOOTTIME); valid for this long.
  void set_confirmed(std::int64_t verified, std::int64_t valid_for) noexcept;
  /// As layout::StatusPart::hops.
  void set_hops(std::uint64_t hops) noexcept;
  /// A tick of the symbol was rejected: its value is stale until the next tick.
  void reject_tick(const SymbolText& symbol) noexcept;
  /// The symbol is no longer wanted, or wanted again. In both cases its value is stale.
  void set_wanted(const SymbolText& symbol, bool wanted) noexcept;

  // --- messages
  void count(Counter counter, std::uint64_t by = 1) noexcept;
  /// A complete message of `size` bytes was received.
  void message(std::uint8_t connection, std::size_t size, std::int64_t now) noexcept;
  /// A tick was received, stored or not: unless it was late, the connection's ticks are not silent.
  /// `lag_ms` as in Ticker.
  void tick_seen(std::uint8_t connection, std::int64_t now, std::uint16_t lag_ms = 0,
                 bool late = false) noexcept;
  /// These fill in time, epoch and connection. They count and return false if the table is full.
  /// Records of an `earlier` subscription, which were under way when it ended, are never live. A
  /// ticker comes with its lag_ms and objections; after a snapshot() it goes to the tape alone
  /// until it is certainly not older.
  bool ticker(std::uint8_t connection, const SymbolText& symbol, Ticker ticker, std::int64_t now,
              bool earlier = false) noexcept;
  /// The cell of the last tick that ticker() stored. Not ticker()'s result: an optional is returned
  /// through memory, for a sixth of what ticker() takes.
  [[nodiscard]] std::uint32_t last_cell() const noexcept { return last_cell_; }
  /// Stores a price that no tick has brought, for the symbol's present subscription. False, and
  /// nothing is stored, if there is none that was acknowledged before the request, or no room.
  /// Allocates.
  bool snapshot(const SymbolText& symbol, const RequestedPrice& price, std::int64_t now);
  /// Stores the ticks that have waited for too long to reach a snapshot.
  void release_held(std::int64_t now) noexcept;
  /// The connection's ticks seem late: those that wait are dropped, and others wait as long again.
  void doubt_held(std::uint8_t connection, std::int64_t now) noexcept;
  /// Adds or removes Ticker::kLost or kLate.
  void set_objection(std::uint32_t cell, std::uint8_t bit, bool on) noexcept;
  /// Stores a ticker of another segment with the times, counts, flags and objections that it comes
  /// with: in the tape if it is an `event`, in the cell unless it is overtaken. With epoch 0 it is
  /// of an earlier session, otherwise of the present one. Like ticker() otherwise.
  bool mirror(std::uint8_t connection, const SymbolText& symbol, Ticker ticker, bool event,
              std::int64_t now) noexcept;
  bool candle(std::uint8_t connection, const SymbolText& symbol, const IntervalText& interval,
              Candle candle, std::int64_t now, bool earlier = false) noexcept;
  /// The same for a series that add_series() has given.
  void candle(std::uint32_t series, std::uint8_t connection, Candle candle, std::int64_t now,
              bool earlier = false) noexcept;
  /// The number of a series, which stays its own. Counts and gives nothing if the table is full.
  std::optional<std::uint32_t> add_series(const SymbolText& symbol,
                                          const IntervalText& interval) noexcept;
  void order(std::uint8_t connection, Order order, std::int64_t now, bool earlier = false) noexcept;
  void portfolio(std::uint8_t connection, Portfolio portfolio, std::int64_t now,
                 bool earlier = false) noexcept;
  /// Stores an order update that was requested. `after_gap`: it carries the mark of a gap before
  /// it; otherwise the mark waits for orders_reconciled().
  void requested_order(Order order, std::int64_t now, bool after_gap) noexcept;
  /// All order updates from before `asked`, when the exchange was first asked for them, are stored:
  /// no gap from before that is left.
  void orders_reconciled(std::int64_t asked) noexcept;
  /// Order updates may be missing since that Unix time.
  void mark_order_gap(std::int64_t since_unix_ns, std::int64_t now) noexcept;
  /// Whether updates may be missing after the newest order.
  [[nodiscard]] bool has_order_gap() const noexcept { return pending_gap_unix_ns_ != 0; }
  /// The newest list of orders that was read was asked for at `asked`, also in an earlier run.
  void set_orders_listed(std::int64_t asked) noexcept;
  [[nodiscard]] std::int64_t orders_listed() const noexcept;
  /// Keeps the state of an order for the next run; empty: none.
  void remember_order(std::uint32_t slot, const layout::KnownOrder& order) noexcept {
    view_.known_order(slot).publish(order);
  }

  /// Whether anything was stored since the last flush().
  [[nodiscard]] bool dirty() const noexcept { return wake_bits_ != 0; }
  /// Wakes the readers that wait for the stored data.
  void flush() noexcept;

  [[nodiscard]] const WritableSegmentView& view() const noexcept { return view_; }

 private:
  static constexpr std::uint16_t kNoChannel = 0xffff;
  /// How long ticks after a snapshot wait for one that is certainly not older.
  static constexpr std::int64_t kHoldFor = 2'000'000'000;

  void carry_over(const SegmentView& from, const WriterOptions& options, std::int64_t now);
  /// Ticks after a snapshot that may be older than it.
  struct Held {
    RequestedPrice snapshot;
    std::int64_t until = 0;  ///< CLOCK_BOOTTIME
    std::optional<Ticker> last;
  };

  [[nodiscard]] bool is_held(std::uint32_t cell, Ticker& ticker) noexcept;
  struct Place {
    std::uint32_t cell;
    bool is_new;
  };

  /// Names the next free cell. publish_symbol() adds it to the index once it is filled.
  std::optional<std::uint32_t> insert(const SymbolKey& key) noexcept;
  /// The symbol's cell, which is from insert() if it is new. Counts that there is no room.
  std::optional<Place> place_of(const SymbolKey& key) noexcept;
  /// Puts a cell's ticker into the tape too.
  void publish_event(const Ticker& ticker, Counter counter, std::int64_t now) noexcept;
  void publish_symbol(const SymbolKey& key, std::uint32_t cell) noexcept;
  std::optional<std::uint32_t> insert_series(const SymbolKey& symbol,
                                             const IntervalText& interval) noexcept;
  void carry_tickers(const SegmentView& from, const WriterOptions& options, std::int64_t oldest);
  void carry_candles(const SegmentView& from, const WriterOptions& options, std::int64_t oldest);
  void carry_private(const SegmentView& from, std::int64_t oldest, std::int64_t now) noexcept;
  void carry_known_orders(const SegmentView& from) noexcept;
  void mark_gap(std::int64_t now) noexcept;
  void end_hold(std::uint32_t cell) noexcept;
  void end_holds(std::uint8_t connection) noexcept;
  void end_outage(std::uint8_t connection) noexcept;
  void demote(std::uint32_t cell, std::uint8_t add, std::uint8_t remove = 0) noexcept;
  /// The word beside the records; null for tickers, and for a series that is not there.
  layout::Word* standing_of(ChannelKind kind, const SymbolText& symbol,
                            const IntervalText& interval) noexcept;
  void lose_orders(std::int64_t now) noexcept;
  void publish_order(Order& order, std::int64_t now) noexcept;
  void set_origin(std::uint16_t channel, layout::Part part, std::uint8_t origin) noexcept;
  void channel_data(std::uint16_t channel, std::int64_t now) noexcept;
  std::uint16_t find_channel(ChannelKind kind, const SymbolText& symbol,
                             const IntervalText& interval) const noexcept;
  [[nodiscard]] std::uint16_t series_channel(const SymbolText& symbol,
                                             const IntervalText& interval) const noexcept;
  /// Finds the counters' slot for each kind of message again after the channels changed.
  void index_channels() noexcept;

  SegmentOwner owner_;
  WritableSegmentView view_;
  std::uint32_t epochs_[kMaxConnections] = {};
  std::uint32_t last_epoch_ = 0;
  std::uint32_t wake_bits_ = 0;
  /// When connection 0 was lost, and with it order updates; 0: it is open, or never was.
  std::int64_t private_lost_ns_ = 0;
  std::int64_t unix_offset_ns_ = 0;       ///< Unix time minus CLOCK_BOOTTIME
  std::int64_t pending_gap_unix_ns_ = 0;  ///< for the next order update
  std::int64_t gap_marked_ns_ = 0;        ///< when that was last marked
  std::int64_t last_order_ns_ = 0;        ///< received_ns of the newest
  std::uint32_t last_cell_ = 0;           ///< where ticker() stored last
  std::vector<std::uint64_t> updates_;    ///< by cell
  std::vector<std::uint8_t> not_stored_;  ///< by cell: for its next tick
  std::vector<bool> holds_;               ///< by cell: whether held_ has it
  std::unordered_map<std::uint32_t, Held> held_;
  std::vector<bool> missing_before_;             ///< by series: for its next closed candle
  bool portfolio_missing_before_ = false;        ///< for its next snapshot
  std::vector<layout::ChannelRecord> channels_;  ///< last published record, by slot
  // The channel whose counters a message goes to.
  std::uint16_t all_channel_ = kNoChannel;
  std::uint16_t orders_channel_ = kNoChannel;
  std::uint16_t portfolio_channel_ = kNoChannel;
  std::vector<std::uint16_t> cell_channels_;
  std::vector<std::uint16_t> series_channels_;
};

}  // namespace tickcache
