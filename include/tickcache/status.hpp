// What the daemon says about itself, its connections and its channels, and what that means for a
// value: can it be trusted?
#pragma once

#include <cstddef>
#include <cstdint>

#include "tickcache/export.hpp"
#include "tickcache/text.hpp"

namespace tickcache {

/// Whether a value can be trusted: the first of these that holds.
enum class Freshness : std::uint8_t {
  missing = 0,  ///< never seen
  down = 1,     ///< no daemon is running: nobody would notice a change
  stale = 2,    ///< the daemon runs, but this may no longer be the latest value; see Reason
  live = 3,     ///< the latest value that the exchange sent
};

/// Why a value is not live.
enum class Reason : std::uint8_t {
  none = 0,            ///< it is live
  never_seen = 1,      ///< missing: no value has come yet
  no_segment = 2,      ///< down: there is no segment, or it cannot be opened
  stopped = 3,         ///< down: the daemon was stopped
  auth_failed = 4,     ///< down: the daemon stopped because the exchange rejected the key
  superseded = 5,      ///< down: the segment was replaced, its successor cannot be opened
  heartbeat_lost = 6,  ///< down: the daemon was killed, is suspended or hangs
  previous_epoch = 7,  ///< stale: received before the present connection; nothing since
  reconnecting = 8,    ///< stale: the connection that it came on is not up
  silent = 9,          ///< stale: the connection is up, but its data has stopped
  too_old = 10,        ///< stale: older than the caller's max_age
  busy = 11,           ///< no value could be read: the writer was always faster; try again
  unsubscribed = 12,   ///< stale: the daemon no longer subscribes to it
  // Reserved: nothing says these yet.
  lagging = 13,      ///< stale: it came late, or the feed is late
  unconfirmed = 14,  ///< stale: the exchange holds another price, or none was confirmed lately
  rejected = 15,     ///< stale: a later price of the symbol was rejected
};

/// Where records come from. Reserved: nothing sets it yet.
enum class Source : std::uint8_t {
  unknown = 0,
  websocket = 1,  ///< the exchange sent them by itself
  rest = 2,       ///< they were asked for
  ticks = 3,      ///< candles: made of ticks
};

/// Whether the daemon that owns a segment runs.
enum class RunState : std::uint8_t {
  running = 1,
  stopped = 2,      ///< it was stopped; its last values stay
  auth_failed = 3,  ///< it stopped because the exchange rejected the key
  superseded = 4,   ///< a later run has published a new segment
};

/// A connection of the daemon to the exchange.
enum class ConnectionState : std::uint8_t {
  unused = 0,
  connecting = 1,   ///< resolving, connecting or shaking hands
  up = 2,           ///< open
  waiting = 3,      ///< lost, or refused; it will be tried again after the backoff
  auth_failed = 4,  ///< the exchange rejected the key; it is not tried again
  closed = 5,       ///< closed on purpose
};

enum class ChannelKind : std::uint8_t {
  all_tickers = 1,
  ticker = 2,
  candles = 3,
  orders = 4,
  portfolio = 5,
};

/// How far a subscription has come on the present connection.
enum class ChannelState : std::uint8_t {
  unused = 0,
  wanted = 1,        ///< configured, not sent yet
  sent = 2,          ///< requested, not answered yet
  acknowledged = 3,  ///< confirmed by the exchange, or proven by data
  refused = 4,       ///< refused by the exchange; `reason` says why
};

/// Counters of the daemon's run; the number is the place in the segment and is never reused.
enum class Counter : std::uint8_t {
  messages = 0,    ///< complete messages received
  bytes = 1,       ///< their bytes
  ticks = 2,       ///< ticks stored
  orders = 3,      ///< order updates stored
  candles = 4,     ///< candles stored, open and closed
  portfolios = 5,  ///< portfolio snapshots stored
  pings = 6,       ///< the exchange's pings
  pongs = 7,       ///< pongs sent
  acknowledgements = 8,
  errors = 9,     ///< error messages from the exchange
  connects = 10,  ///< connections opened
  drops = 11,     ///< open connections lost
  failures = 12,  ///< attempts to connect that failed
  filtered = 13,  ///< ticks of symbols that are not configured, not stored
  // Messages that were rejected whole: nothing of them was stored.
  rejected_json = 16,       ///< no JSON, too deep, or bytes after the end
  rejected_encoding = 17,   ///< invalid UTF-8 or a lone surrogate
  rejected_duplicate = 18,  ///< a member that matters occurs twice
  rejected_price = 19,      ///< a price that is absent, not positive or does not fit
  rejected_symbol = 20,     ///< a symbol that is empty, too long or has control bytes
  rejected_field = 21,      ///< another member that matters is absent or malformed
  rejected_capacity = 22,   ///< the symbol or candle table is full
  rejected_binary = 23,     ///< a binary message
  // Messages or fields that were put aside without harm.
  ignored_type = 24,       ///< a type or channel that tickcache does not know
  absent_quantity = 25,    ///< a quantity that cannot be kept exactly; the price was kept
  cut_text = 26,           ///< an order whose text did not fit whole
  ignored_timestamp = 27,  ///< a time that cannot be read; the value was kept without it
};
inline constexpr std::size_t kCounterCount = 32;

inline constexpr std::size_t kMaxConnections = 16;
inline constexpr std::size_t kMaxChannels = 128;

/// A connection, as status() shows it. Times are CLOCK_BOOTTIME nanoseconds, 0: never.
struct ConnectionStatus {
  ConnectionState state = ConnectionState::unused;
  std::uint32_t epoch = 0;      ///< of its present or last session
  std::int64_t changed_ns = 0;  ///< when `state` was entered
  std::int64_t last_message_ns = 0;
  std::int64_t last_tick_ns = 0;  ///< of any symbol
  std::uint64_t messages = 0;
  /// Why its last attempt or session ended, as the log says it, without the key; empty if none has.
  /// Stays when the connection is up again: then it is the past.
  Text<128> last_error;
  std::int64_t last_error_ns = 0;
  std::uint32_t failures = 0;  ///< attempts that failed since it was last open; 0 while it is
};

/// A channel, as status() shows it. Times are CLOCK_BOOTTIME nanoseconds, 0: never.
struct ChannelStatus {
  ChannelKind kind = ChannelKind::all_tickers;
  ChannelState state = ChannelState::unused;
  std::uint8_t connection = 0;
  SymbolText symbol;      ///< ticker and candles
  IntervalText interval;  ///< candles
  Text<96> reason;        ///< what the exchange said when it refused
  std::int64_t changed_ns = 0;
  std::int64_t first_data_ns = 0;
  std::int64_t last_data_ns = 0;
  std::uint64_t count = 0;  ///< messages of data in this run
};

/// Everything the segment says about the daemon.
struct Status {
  Freshness feed = Freshness::down;  ///< live: it runs, is connected, and ticks flow
  Reason reason = Reason::no_segment;
  RunState run_state = RunState::stopped;
  std::uint64_t instance = 0;  ///< of the segment; another for each run
  std::uint32_t writer_pid = 0;
  std::int64_t started_unix_ns = 0;
  std::int64_t heartbeat_age_ns = 0;
  std::int64_t now_ns = 0;  ///< CLOCK_BOOTTIME at which this was read; ages are relative to it
  std::int64_t silence_after_ns = 0;
  bool key_accepted = false;  ///< the exchange has accepted the key at some time
  Text<32> version;           ///< of the daemon
  Text<128> upstream;         ///< the URL, without the key
  std::uint64_t symbols = 0;
  std::uint64_t max_symbols = 0;
  std::uint64_t orders = 0;      ///< order updates ever
  std::uint64_t portfolios = 0;  ///< portfolio snapshots ever
  std::uint64_t counters[kCounterCount] = {};
  std::size_t connection_count = 0;
  ConnectionStatus connections[kMaxConnections];
  std::size_t channel_count = 0;
  ChannelStatus channels[kMaxChannels];

  [[nodiscard]] std::uint64_t counter(Counter which) const noexcept {
    return counters[static_cast<std::size_t>(which)];
  }
};

/// The name of a value, as the command line prints it: "live", "previous_epoch", "acknowledged" …
/// Never null; "unknown" for a number that has no name.
TICKCACHE_EXPORT const char* to_string(Freshness value) noexcept;
TICKCACHE_EXPORT const char* to_string(Reason value) noexcept;
TICKCACHE_EXPORT const char* to_string(RunState value) noexcept;
TICKCACHE_EXPORT const char* to_string(ConnectionState value) noexcept;
TICKCACHE_EXPORT const char* to_string(ChannelKind value) noexcept;
TICKCACHE_EXPORT const char* to_string(ChannelState value) noexcept;
TICKCACHE_EXPORT const char* to_string(Counter value) noexcept;

}  // namespace tickcache
