// The one writer of a segment.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "libcache/segment/segment_view.hpp"
#include "libcache/writer/segment_owner.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache {

struct WriterOptions {
  std::string segment{"tickcache"};
  mode_t mode = 0640;
  Capacities capacities;
  std::int64_t liveness_timeout_ns = 2'000'000'000;
  std::int64_t silence_after_ns = 30'000'000'000;
  std::string url;       ///< without the key; shown in the segment
  std::string_view key;  ///< only its fingerprint is kept
  std::string version;
  /// Which tickers and candle series are carried over: those that are still wanted, so that others
  /// do not take their places. Everything, if empty.
  std::function<bool(const SymbolText&)> wants_ticker;
  std::function<bool(const SymbolText&, const IntervalText&)> wants_candles;
  /// Unix time minus CLOCK_BOOTTIME, to date gap marks; from the clocks if absent.
  std::optional<std::int64_t> unix_offset_ns;
};

/// When an open connection was last known to work: its last message, or its beginning. What came
/// between that and the moment at which its loss is noticed (a suspension, the idle timeout) is
/// lost.
std::int64_t last_heard(const layout::ConnectionActivity& activity) noexcept;

/// Publishes a fresh segment and keeps it current. Orders and portfolio come on connection 0.
/// Belongs to one thread. `now` is CLOCK_BOOTTIME in nanoseconds everywhere. What was stored since
/// the last flush() is visible to lookups at once; flush() wakes those who wait. Stores make no
/// system call and allocate nothing.
class CacheWriter {
 public:
  /// Takes the lock, makes the segment, carries over from a predecessor and publishes.
  /// Throws WriterError, and leaves whatever was there as it was.
  CacheWriter(const WriterOptions& options, std::int64_t now);
  ~CacheWriter();
  CacheWriter(const CacheWriter&) = delete;
  CacheWriter& operator=(const CacheWriter&) = delete;

  // --- the daemon's life
  void beat(std::int64_t now) noexcept;
  /// Says `state` to readers and closes every connection's epoch; the segment stays.
  void stop(RunState state, std::int64_t now) noexcept;
  /// Makes sure that readers still find the segment. Publishes it again, with everything in it, if
  /// its name is gone. Throws WriterError if the name belongs to somebody else now.
  void keep_name(std::int64_t now);
  void set_key_accepted() noexcept;
  /// Whether the exchange has ever accepted this key at this URL, in this run or one before.
  [[nodiscard]] bool key_accepted() const noexcept;

  // --- connections
  /// A connection has opened: takes the next epoch, before any record of it. `unix_now` dates the
  /// gap mark of orders.
  std::uint32_t begin_epoch(std::uint8_t connection, std::int64_t now,
                            std::int64_t unix_now) noexcept;
  void set_connection(std::uint8_t connection, ConnectionState state, std::int64_t now) noexcept;
  /// Why its attempt or session has ended. `failures` as in layout::ConnectionError; the next
  /// begin_epoch() makes it 0.
  void set_error(std::uint8_t connection, std::string_view why, std::uint32_t failures,
                 std::int64_t now) noexcept;

  // --- channels
  void set_channel(ChannelKind kind, const SymbolText& symbol, const IntervalText& interval,
                   std::uint8_t connection, ChannelState state, std::string_view reason,
                   std::int64_t now) noexcept;
  /// The channel is no longer wanted: what it delivered is stale from now on.
  void drop_channel(ChannelKind kind, const SymbolText& symbol, const IntervalText& interval,
                    std::int64_t now) noexcept;
  /// The symbol's ticks, or those of every symbol, come another way from now on, or not at all: its
  /// value is of a previous epoch until the next tick.
  void end_ticks(const SymbolText& symbol) noexcept;
  void end_ticks() noexcept;
  /// The symbol is no longer wanted.
  void unsubscribe(const SymbolText& symbol) noexcept;

  // --- messages
  void count(Counter counter, std::uint64_t by = 1) noexcept;
  /// A complete message of `size` bytes has come.
  void message(std::uint8_t connection, std::size_t size, std::int64_t now) noexcept;
  /// A tick has come, even if it is not stored: the connection's ticks are not silent.
  void tick_seen(std::uint8_t connection, std::int64_t now) noexcept;
  /// Each fills in time, epoch and connection. False, and counted, if the table is full.
  bool ticker(std::uint8_t connection, const SymbolText& symbol, Ticker ticker,
              std::int64_t now) noexcept;
  bool candle(std::uint8_t connection, const SymbolText& symbol, const IntervalText& interval,
              Candle candle, std::int64_t now) noexcept;
  void order(std::uint8_t connection, Order order, std::int64_t now) noexcept;
  void portfolio(std::uint8_t connection, Portfolio portfolio, std::int64_t now) noexcept;

  /// Whether something was stored since the last flush().
  [[nodiscard]] bool dirty() const noexcept { return wake_bits_ != 0; }
  /// Wakes the waiters of what was stored.
  void flush() noexcept;

  [[nodiscard]] const WritableSegmentView& view() const noexcept { return view_; }

 private:
  static constexpr std::uint16_t kNoChannel = 0xffff;

  void carry_over(const SegmentView& from, const WriterOptions& options, std::int64_t now);
  /// Names the next free cell; publish_symbol() makes it found once it is filled.
  std::optional<std::uint32_t> insert(const SymbolKey& key) noexcept;
  void publish_symbol(const SymbolKey& key, std::uint32_t cell) noexcept;
  std::optional<std::uint32_t> insert_series(const SymbolKey& symbol,
                                             const IntervalText& interval) noexcept;
  void carry_tickers(const SegmentView& from, const WriterOptions& options, std::int64_t oldest);
  void carry_candles(const SegmentView& from, const WriterOptions& options, std::int64_t oldest);
  void carry_private(const SegmentView& from, std::int64_t oldest, std::int64_t now) noexcept;
  void mark_gap() noexcept;
  void end_outage(std::uint8_t connection) noexcept;
  void demote(std::uint32_t cell, std::uint8_t objections) noexcept;
  void set_subscribed(ChannelKind kind, const SymbolText& symbol, const IntervalText& interval,
                      bool subscribed, std::int64_t now) noexcept;
  void channel_data(std::uint16_t channel, std::int64_t now) noexcept;
  std::uint16_t find_channel(ChannelKind kind, const SymbolText& symbol,
                             const IntervalText& interval) const noexcept;
  /// Which slot the counters of each kind of message are in, after the channels changed.
  void index_channels() noexcept;

  SegmentOwner owner_;
  WritableSegmentView view_;
  std::uint32_t epochs_[kMaxConnections] = {};
  std::uint32_t last_epoch_ = 0;
  std::uint32_t wake_bits_ = 0;
  /// Since when nothing is known of connection 0's order updates; 0: it is open, or never was.
  std::int64_t private_lost_ns_ = 0;
  std::int64_t unix_offset_ns_ = 0;              ///< Unix time minus CLOCK_BOOTTIME
  std::int64_t pending_gap_unix_ns_ = 0;         ///< for the next order update
  std::vector<std::uint64_t> updates_;           ///< by cell
  std::vector<layout::ChannelRecord> channels_;  ///< what was published last, by slot
  // Which channel's counters a message goes to.
  std::uint16_t all_channel_ = kNoChannel;
  std::uint16_t orders_channel_ = kNoChannel;
  std::uint16_t portfolio_channel_ = kNoChannel;
  std::vector<std::uint16_t> cell_channels_;
  std::vector<std::uint16_t> series_channels_;
};

}  // namespace tickcache
