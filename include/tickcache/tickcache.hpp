// tickcache: reads the latest prices, orders, candles and portfolio of this machine's exchange feed
// from shared memory, and tells you whether they can be trusted. Start here.
//
//   tickcache::Reader cache;                       // TICKCACHE_SEGMENT, or "tickcache"
//   auto btc = cache.ticker("BTCUSDT");
//   if (btc.live()) buy_at(btc.value.price());     // exact; .to_double() for arithmetic
//   else log(tickcache::to_string(btc.reason));    // "reconnecting", "heartbeat_lost" …
//   auto eth = cache.price("ETHUSDT").if_live();   // std::optional: empty if it is not live
//
// Prices are those of the latest trades; the exchange's feed has no bids and asks.
//
// Reader looks up the latest values. Feed delivers every update as an event; it is in feed.hpp,
// which this header includes. The records are plain structs: ticker.hpp, order.hpp, candle.hpp,
// portfolio.hpp. status.hpp has Freshness and Reason. C programs include tickcache.h instead.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tickcache/candle.hpp"
#include "tickcache/decimal.hpp"
#include "tickcache/export.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"
#include "tickcache/status.hpp"
#include "tickcache/text.hpp"
#include "tickcache/ticker.hpp"
#include "tickcache/time.hpp"
#include "tickcache/version.h"

namespace tickcache {

/// Why a segment cannot be opened.
enum class OpenError : std::uint8_t {
  none = 0,
  missing = 1,        ///< it does not exist: the daemon has not been started
  bad_name = 2,       ///< not a valid segment name
  permission = 3,     ///< this process may not read it
  stranger = 4,       ///< not owned by this user, root or TICKCACHE_USER
  unsafe_mode = 5,    ///< writable by its group or by others
  not_a_segment = 6,  ///< not a regular file, or not created by tickcached
  other_version = 7,  ///< another major layout version: library and daemon are incompatible
  damaged = 8,        ///< truncated, or its header is inconsistent
  system = 9,         ///< out of memory or file descriptors, or another system error
  other_clock = 10,   ///< written on another machine, or in another time namespace
};

/// The segment exists but cannot be used. what() names it, the cause and the fix.
class TICKCACHE_EXPORT SegmentError : public std::runtime_error {
 public:
  SegmentError(OpenError code, const std::string& what);
  ~SegmentError() override;
  [[nodiscard]] OpenError code() const noexcept { return code_; }

 private:
  OpenError code_;
};

/// How a lookup judges freshness.
struct Query {
  static constexpr std::chrono::nanoseconds kAnyAge = std::chrono::nanoseconds::max();
  /// No limit either, but age_ns is exact. With kAnyAge, lookups of one symbol read a coarse clock
  /// instead, in a quarter of the time.
  static constexpr std::chrono::nanoseconds kExactAge = kAnyAge - std::chrono::nanoseconds(1);
  static constexpr BootTime kReadClock = BootTime::min();

  /// Older values are stale.
  std::chrono::nanoseconds max_age = kAnyAge;
  /// The current time. Set it from BootClock::now() to judge many values with one clock read. A
  /// value received more than a second after it counts as down.
  BootTime now = kReadClock;
};

/// A value, and whether it can be trusted.
template <class T>
struct Result {
  T value{};  ///< meaningful if has_value
  /// Since the daemon received it, if has_value. Of a live ticker or price, unless Query says
  /// otherwise: as of the kernel's last clock tick, usually 1 to 10 ms ago.
  std::int64_t age_ns = 0;
  Freshness freshness = Freshness::missing;
  Reason reason = Reason::never_seen;  ///< none if live
  bool has_value = false;  ///< usually also set for a stale or down result: the last value

  [[nodiscard]] bool live() const noexcept { return freshness == Freshness::live; }
  /// The value, only if it is live: what is not can then not be taken for a price.
  [[nodiscard]] std::optional<T> if_live() const {
    if (!live()) return std::nullopt;
    return value;
  }
  /// The last value, however old; nothing if there is none.
  [[nodiscard]] std::optional<T> last() const {
    if (!has_value) return std::nullopt;
    return value;
  }
  /// Since the daemon received it; 0 without a value.
  [[nodiscard]] std::chrono::nanoseconds age() const noexcept {
    return std::chrono::nanoseconds(age_ns);
  }
};

/// The result of a list lookup. Freshness, reason and age are those of the newest record.
struct ListResult {
  std::size_t count = 0;  ///< records written to the caller's span, oldest first
  /// Orders only: position of the first record. Positions number the account's order updates
  /// without gaps.
  std::uint64_t first_position = 0;
  std::int64_t age_ns = 0;  ///< since the daemon received it
  /// Orders only. Not 0: the connection was lost at this Unix time, and updates since then may be
  /// missing after the newest. Earlier gaps are in Order::gap_since_ns.
  std::int64_t gap_since_ns = 0;
  Freshness freshness = Freshness::missing;
  Reason reason = Reason::never_seen;

  [[nodiscard]] bool live() const noexcept { return freshness == Freshness::live; }
  [[nodiscard]] std::chrono::nanoseconds age() const noexcept {
    return std::chrono::nanoseconds(age_ns);
  }
  [[nodiscard]] std::optional<UnixTime> gap_since() const noexcept {
    return unix_time(gap_since_ns);
  }
};

/// A symbol that remembers where it was found. Plain data: copy it freely and use it with any
/// Reader of the segment. Lookups update it, so do not share one between threads. It stays valid
/// when the daemon restarts.
class SymbolHandle {
 public:
  SymbolHandle() = default;
  [[nodiscard]] std::string_view symbol() const noexcept { return symbol_.view(); }

 private:
  friend class Reader;
  SymbolText symbol_;
  std::uint64_t instance_ = 0;  ///< of the segment that cell_ belongs to; 0: not resolved
  std::uint32_t cell_ = 0;
};

/// One element of snapshot().
struct SymbolTicker {
  SymbolText symbol;
  Result<Ticker> ticker;
};

/// Topics of Reader::wait().
class Topics {
 public:
  static constexpr Topics ticks() noexcept { return Topics(1U << 4); }  ///< of any symbol
  static constexpr Topics orders() noexcept { return Topics(1U << 1); }
  static constexpr Topics portfolio() noexcept { return Topics(1U << 2); }
  static constexpr Topics candles() noexcept { return Topics(1U << 3); }
  /// Connections, subscriptions and the daemon's state. A change of these ends every wait.
  static constexpr Topics status() noexcept { return Topics(0); }

  friend constexpr Topics operator|(Topics a, Topics b) noexcept {
    return Topics(a.bits_ | b.bits_);
  }

 private:
  friend class Reader;
  explicit constexpr Topics(std::uint32_t bits) noexcept : bits_(bits | 1U) {}
  std::uint32_t bits_;
};

enum class WaitResult : std::uint8_t {
  changed,  ///< something may have been published: look again
  timeout,
  stopped,  ///< stop() was called
};

/// How a wait passes the time.
enum class IdleStrategy : std::uint8_t {
  sleep = 0,  ///< until the kernel wakes it: costs nothing, but the wake-up takes the longest
  yield = 1,  ///< looks again and again, and lets others that are ready run in between
  spin = 2,   ///< looks again and again: the soonest, for all of a processor of its own
};

/// Reads one segment. Use it from one thread at a time; only stop() may be called from any thread.
/// Lookups never block, allocate nothing and make no system call while the daemon runs. When it
/// does not, they check for a new segment at most every 100 ms and switch to it. Results are
/// copies: they stay valid when the Reader is destroyed.
class TICKCACHE_EXPORT Reader {
 public:
  /// Opens `segment`. If it is empty, opens the segment named by the environment variable
  /// TICKCACHE_SEGMENT, or "tickcache". The segment need not exist yet: lookups return
  /// Freshness::down until it does. Throws SegmentError if it exists and cannot be used.
  explicit Reader(std::string_view segment = {});
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// A handle for `symbol` (in any case), which need not exist yet. An invalid symbol (empty, or
  /// longer than 31 bytes) gives a handle that is always missing.
  [[nodiscard]] SymbolHandle handle(std::string_view symbol) const noexcept;

  /// The latest trade of a symbol (in any case). The lookup by handle skips the search for the
  /// symbol.
  [[nodiscard]] Result<Ticker> ticker(std::string_view symbol, const Query& query = {}) noexcept;
  [[nodiscard]] Result<Ticker> ticker(SymbolHandle& symbol, const Query& query = {}) noexcept;

  /// The price of a symbol's latest trade, exact.
  [[nodiscard]] Result<Decimal> price(std::string_view symbol, const Query& query = {}) noexcept;
  [[nodiscard]] Result<Decimal> price(SymbolHandle& symbol, const Query& query = {}) noexcept;

  /// The latest prices of many symbols: out[i] is that of symbols[i], as far as both reach. Each
  /// result is as price() gives it. The daemon and the clock are looked at once for 256 of them, so
  /// this is several times as fast as price() for each.
  void prices(std::span<SymbolHandle> symbols, std::span<Result<Decimal>> out,
              const Query& query = {}) noexcept;

  /// Reads the latest tick without judging its freshness. Returns false if there is none or the
  /// writer kept overwriting it; `out` is then unspecified.
  bool last(std::string_view symbol, Ticker& out) noexcept;
  bool last(SymbolHandle& symbol, Ticker& out) noexcept;

  /// Every symbol that has a value, in the order of first appearance, read with one clock read.
  /// Empty without a segment.
  [[nodiscard]] std::vector<SymbolTicker> snapshot(const Query& query = {});
  /// The same without allocating: fills at most out.size() elements and returns the number of
  /// symbols, which may be larger; 0 without a segment.
  std::size_t snapshot(std::span<SymbolTicker> out, const Query& query = {}) noexcept;
  /// The number of symbols that have a value; 0 without a segment.
  [[nodiscard]] std::size_t symbol_count() noexcept;
  /// Symbol number `index` (below symbol_count()) and its latest tick. If it does not exist, the
  /// symbol is empty and there is no value.
  [[nodiscard]] SymbolTicker at(std::uint32_t index, const Query& query = {}) noexcept;
  /// The symbol for a Ticker::symbol_index; empty if there is none.
  [[nodiscard]] SymbolText symbol(std::uint32_t index) const noexcept;

  /// Copies the newest out.size() order updates, oldest first. The segment keeps at least 100.
  ListResult orders(std::span<Order> out, const Query& query = {}) noexcept;

  /// The newest portfolio snapshot.
  [[nodiscard]] Result<Portfolio> portfolio(const Query& query = {}) noexcept;

  /// Copies the newest out.size() candles of a series, oldest first. The last is the open candle if
  /// the exchange sends it. The segment keeps at least 100 closed candles.
  ListResult candles(std::string_view symbol, std::string_view interval, std::span<Candle> out,
                     const Query& query = {}) noexcept;

  /// Copies everything the segment holds about the daemon. `out` is about 30 KB: reuse it. Without
  /// a segment, `out.feed` is down.
  void status(Status& out) noexcept;

  /// Whether `key` is the API key that the daemon uses, compared by its salted fingerprint. False
  /// without a segment.
  [[nodiscard]] bool key_matches(std::string_view key) const noexcept;

  /// The current wake word. Read it, look at the data, then pass it to wait(): anything published
  /// in between ends the wait at once.
  [[nodiscard]] std::uint32_t wake_word() noexcept;
  /// Sleeps until something of `topics` is published, the daemon goes down or comes back (checked
  /// every 250 ms), `timeout` passes or stop() is called. `changed` may be spurious.
  WaitResult wait(std::uint32_t seen, Topics topics, std::chrono::nanoseconds timeout) noexcept;
  /// The same for one symbol's ticks.
  WaitResult wait(std::uint32_t seen, SymbolHandle& symbol,
                  std::chrono::nanoseconds timeout) noexcept;
  /// How wait() passes the time; `sleep` to begin with. The others also return for what was not
  /// waited for.
  void set_idle_strategy(IdleStrategy strategy) noexcept;
  /// Ends a wait(), at the latest after 250 ms, and every later wait(). Any thread and any signal
  /// handler may call it: it takes no lock, allocates nothing and keeps errno.
  void stop() noexcept;

  /// Why no segment is open; OpenError::none if one is. The message includes the fix, and is empty
  /// if a segment is open.
  [[nodiscard]] OpenError error() const noexcept;
  [[nodiscard]] std::string error_message() const;
  /// The segment's name. The reference is valid as long as the Reader.
  [[nodiscard]] const std::string& segment() const noexcept;

  /// Number of copies retried because the writer overwrote them, and of lookups that gave up.
  [[nodiscard]] std::uint64_t retries() const noexcept;
  [[nodiscard]] std::uint64_t busy() const noexcept;

  /// Internal: used by the C interface.
  struct TICKCACHE_HIDDEN Impl;
  TICKCACHE_HIDDEN Impl& impl() noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tickcache

#include "tickcache/feed.hpp"
