// The state of the daemon, its connections and its channels; and freshness, which says whether a
// value can be trusted.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tickcache/export.hpp"
#include "tickcache/text.hpp"

namespace tickcache {

/// Whether a value can be trusted. The first that applies.
enum class Freshness : std::uint8_t {
  missing = 0,  ///< no value was ever received
  down = 1,     ///< no daemon is running, so changes go unnoticed
  stale = 2,    ///< the daemon runs, but this may not be the latest value; see Reason
  live = 3,     ///< of a price: the exchange's now, as far as can be known within about 3 s
};

/// Why a value is not live.
enum class Reason : std::uint8_t {
  none = 0,            ///< it is live
  never_seen = 1,      ///< missing: no value was received yet
  no_segment = 2,      ///< down: the segment does not exist or cannot be opened
  stopped = 3,         ///< down: the daemon was stopped
  auth_failed = 4,     ///< down: the daemon stopped: key rejected, or account suspended
  superseded = 5,      ///< down: the segment was replaced, and the new one cannot be opened
  heartbeat_lost = 6,  ///< down: the daemon was killed, is suspended or hangs
  previous_epoch = 7,  ///< stale: received before the present session or subscription
  reconnecting = 8,    ///< stale: the connection that delivered it is not up
  silent = 9,          ///< stale: the connection is up, but its data has stopped
  too_old = 10,        ///< stale: older than the caller's max_age
  busy = 11,           ///< stale, without a value: the writer kept overwriting it; try again
  unsubscribed = 12,   ///< stale: the daemon no longer subscribes to it
  lagging = 13,        ///< stale: it arrived late, or the feed lags
  unconfirmed = 14,    ///< stale: the exchange has another price, or has not confirmed this one
  rejected = 15,       ///< stale: a later price of the symbol was rejected
};

/// Origin of a record.
enum class Source : std::uint8_t {
  unknown = 0,
  websocket = 1,  ///< pushed by the exchange
  rest = 2,       ///< requested
  ticks = 3,      ///< candles: computed from ticks
};

/// State of the daemon that owns a segment.
enum class RunState : std::uint8_t {
  running = 1,
  stopped = 2,      ///< it was stopped; its last values remain
  auth_failed = 3,  ///< it stopped: the key is rejected, or the account suspended
  superseded = 4,   ///< a later run has published a new segment
};

/// State of a connection to the exchange.
enum class ConnectionState : std::uint8_t {
  unused = 0,
  connecting = 1,   ///< resolving, connecting or in a handshake
  up = 2,           ///< open
  waiting = 3,      ///< lost or refused; retried after the backoff
  auth_failed = 4,  ///< the key is rejected, or the account suspended; not retried
  closed = 5,       ///< closed on purpose
};

enum class ChannelKind : std::uint8_t {
  all_tickers = 1,
  ticker = 2,
  candles = 3,
  orders = 4,
  portfolio = 5,
};

/// State of a subscription in the present session.
enum class ChannelState : std::uint8_t {
  unused = 0,
  wanted = 1,        ///< configured, not requested yet
  sent = 2,          ///< requested, not answered yet
  acknowledged = 3,  ///< confirmed by the exchange or by receiving data, or made of ticks
  refused = 4,       ///< by the exchange, or nothing can bring it; `reason` says which
};

/// Counters of the daemon's run. Each number is an index in the segment and is never reused.
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
  failures = 12,  ///< failed connection attempts
  filtered = 13,  ///< data of what is not configured, dropped
  audits = 14,    ///< answers with all prices that were compared with the stored ones
  healed = 15,    ///< prices corrected because their ticks were lost
  // Messages rejected whole: nothing of them was stored.
  rejected_json = 16,       ///< not JSON, nested too deep, or followed by more bytes
  rejected_encoding = 17,   ///< invalid UTF-8 or a lone surrogate
  rejected_duplicate = 18,  ///< a relevant member occurs twice
  rejected_price = 19,      ///< a price is absent, not positive or does not fit
  rejected_symbol = 20,     ///< a symbol is empty, too long or has control bytes
  rejected_field = 21,      ///< another relevant member is absent or malformed
  rejected_capacity = 22,   ///< the symbol or candle table is full
  rejected_binary = 23,     ///< a binary message
  // Messages or fields ignored without harm.
  ignored_type = 24,       ///< an unknown message type or channel
  absent_quantity = 25,    ///< a quantity does not fit exactly; the price was kept
  cut_text = 26,           ///< an order had a text truncated
  ignored_timestamp = 27,  ///< a time is malformed; the value was kept without it
  // Requests to the exchange's REST interface.
  snapshots = 28,      ///< requested prices stored, `healed` among them
  rest_failed = 29,    ///< requests without an answer, or refused
  rest_rejected = 30,  ///< answers that cannot be used: malformed, empty or old
  rest_unpriced = 31,  ///< portfolios without the price of a position, not stored
};
inline constexpr std::size_t kCounterCount = 32;

inline constexpr std::size_t kMaxConnections = 16;
inline constexpr std::size_t kMaxChannels = 128;

/// A connection, as in Status. Times are CLOCK_BOOTTIME nanoseconds, 0: never.
struct ConnectionStatus {
  ConnectionState state = ConnectionState::unused;
  std::uint32_t epoch = 0;      ///< of the present or last session
  std::int64_t changed_ns = 0;  ///< when `state` was entered
  std::int64_t last_message_ns = 0;
  std::int64_t last_tick_ns = 0;  ///< of any symbol, if it was not late
  std::uint64_t messages = 0;
  /// Why the last attempt or session ended, as logged, without the key. Empty if none has ended.
  /// Kept when the connection is up again.
  Text<128> last_error;
  std::int64_t last_error_ns = 0;
  std::uint32_t failures = 0;  ///< failed attempts since it was last open; 0 while it is
  std::int64_t silence_limit_ns =
      0;  ///< without a tick for so long, its ticks are silent; 0: never
  /// Delay of its newest tick, in whole milliseconds; 65.535 s: or more; 0: none, or unknown.
  std::int64_t lag_ns = 0;
  bool lagging = false;  ///< its newest tick was late
};

/// A channel, as in Status. Times are CLOCK_BOOTTIME nanoseconds, 0: never.
struct ChannelStatus {
  ChannelKind kind = ChannelKind::all_tickers;
  ChannelState state = ChannelState::unused;
  std::uint8_t connection = 0;
  Source origin = Source::unknown;  ///< of its newest data
  SymbolText symbol;                ///< of tickers and candles
  IntervalText interval;            ///< of candles
  Text<96> reason;                  ///< why it is refused; the exchange's also if made of ticks
  std::int64_t changed_ns = 0;
  std::int64_t first_data_ns = 0;
  std::int64_t last_data_ns = 0;
  std::uint64_t count = 0;  ///< data messages in this run, or answers
  /// Of the orders: no update from before is missing, but for gaps that orders tell; 0: unknown.
  std::int64_t reconciled_ns = 0;
};

/// Everything the segment holds about the daemon.
struct Status {
  Freshness feed = Freshness::down;  ///< live: it runs, is connected and receives ticks
  Reason reason = Reason::no_segment;
  RunState run_state = RunState::stopped;
  std::uint64_t instance = 0;  ///< random; new for each published segment
  std::uint32_t writer_pid = 0;
  std::int64_t started_unix_ns = 0;
  std::int64_t heartbeat_age_ns = 0;
  std::int64_t now_ns = 0;            ///< CLOCK_BOOTTIME when this was read; ages refer to it
  std::int64_t silence_after_ns = 0;  ///< without a tick for so long, ticks are silent; 0: never
  bool key_accepted = false;          ///< the exchange has accepted the key at least once
  std::int64_t key_rejected_ns = 0;   ///< CLOCK_BOOTTIME since which it rejects it; 0: it does not
  /// While it rejects a key that it accepted before: CLOCK_BOOTTIME until which the daemon retries.
  std::int64_t key_retry_until_ns = 0;
  std::int64_t verified_ns = 0;  ///< CLOCK_BOOTTIME when the exchange had these prices; 0: never
  std::int64_t verified_for_ns = 0;  ///< how long that is valid
  std::uint64_t hops = 0;            ///< machines between the exchange and this one
  Text<32> version;                  ///< of the daemon
  Text<128> upstream;                ///< the URL, without the key
  std::uint64_t symbols = 0;
  std::uint64_t max_symbols = 0;
  std::uint64_t orders = 0;      ///< order updates, across runs
  std::uint64_t portfolios = 0;  ///< portfolio snapshots, across runs
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
/// "unknown" for an unnamed number. A static string, never null. Any thread may call these.
TICKCACHE_EXPORT const char* to_string(Freshness value) noexcept;
TICKCACHE_EXPORT const char* to_string(Reason value) noexcept;
TICKCACHE_EXPORT const char* to_string(RunState value) noexcept;
TICKCACHE_EXPORT const char* to_string(ConnectionState value) noexcept;
TICKCACHE_EXPORT const char* to_string(ChannelKind value) noexcept;
TICKCACHE_EXPORT const char* to_string(ChannelState value) noexcept;
TICKCACHE_EXPORT const char* to_string(Counter value) noexcept;
TICKCACHE_EXPORT const char* to_string(Source value) noexcept;

}  // namespace tickcache
