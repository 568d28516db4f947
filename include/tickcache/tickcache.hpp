// tickcache: the latest prices, orders, candles and portfolio of this machine's one feed, read from
// shared memory, and whether they can be trusted. Start here.
//
//   tickcache::Reader cache;                       // TICKCACHE_SEGMENT, or "tickcache"
//   auto btc = cache.ticker("BTCUSDT");
//   if (btc.live()) buy_at(btc.value.price());     // exact; .to_double() for arithmetic
//   else log(tickcache::to_string(btc.reason));    // "reconnecting", "heartbeat_lost" …
//
// Feed, the event side, is in feed.hpp, which this header includes.
// The records are plain structs: ticker.hpp, order.hpp, candle.hpp, portfolio.hpp; status.hpp has
// Freshness and Reason, the words for trust. C programs include tickcache.h instead.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tickcache/candle.hpp"
#include "tickcache/decimal.hpp"
#include "tickcache/export.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"
#include "tickcache/status.hpp"
#include "tickcache/text.hpp"
#include "tickcache/ticker.hpp"

namespace tickcache {

/// Why a segment cannot be opened.
enum class OpenError : std::uint8_t {
  none = 0,
  missing = 1,        ///< there is none: the daemon has not been started
  bad_name = 2,       ///< not a segment name
  permission = 3,     ///< this process may not read it
  stranger = 4,       ///< owned by somebody who is not this user, root or TICKCACHE_USER
  unsafe_mode = 5,    ///< its group or others may write to it
  not_a_segment = 6,  ///< no regular file, or not made by tickcached
  other_version = 7,  ///< another major layout version: library and daemon do not fit
  damaged = 8,        ///< truncated, or its geometry makes no sense
  system = 9,         ///< the system refused: out of memory or of file descriptors
};

/// A segment is there but cannot be used. what() says which, why, and what to do.
class TICKCACHE_EXPORT SegmentError : public std::runtime_error {
 public:
  SegmentError(OpenError code, const std::string& what);
  ~SegmentError() override;
  [[nodiscard]] OpenError code() const noexcept { return code_; }

 private:
  OpenError code_;
};

/// How to judge a value's freshness.
struct Query {
  static constexpr std::chrono::nanoseconds kAnyAge = std::chrono::nanoseconds::max();
  static constexpr std::chrono::nanoseconds kReadClock = std::chrono::nanoseconds::min();

  /// An older value is stale.
  std::chrono::nanoseconds max_age = kAnyAge;
  /// CLOCK_BOOTTIME; give it to judge many values with one reading of the clock (boot_clock()). It
  /// must be of now: a value from more than a second after it counts as down.
  std::chrono::nanoseconds now = kReadClock;
};

/// A value with the answer to "can I trust it?".
template <class T>
struct Result {
  T value{};                ///< meaningful if has_value
  std::int64_t age_ns = 0;  ///< since the daemon had read it, if has_value
  Freshness freshness = Freshness::missing;
  Reason reason = Reason::never_seen;  ///< none if live
  bool has_value = false;

  [[nodiscard]] bool live() const noexcept { return freshness == Freshness::live; }
};

/// A list of records, oldest first, and whether its newest can be trusted.
struct ListResult {
  std::size_t count = 0;  ///< records written to the caller's span
  /// Orders only: of the first of them. Positions count every update of the account, without holes.
  std::uint64_t first_position = 0;
  std::int64_t age_ns = 0;  ///< of the newest
  /// Orders only. Not 0: updates may be missing after the newest, since this Unix time (the
  /// connection was lost then). Gaps further back are in Order::gap_since_ns.
  std::int64_t gap_since_ns = 0;
  Freshness freshness = Freshness::missing;
  Reason reason = Reason::never_seen;

  [[nodiscard]] bool live() const noexcept { return freshness == Freshness::live; }
};

/// A symbol, looked up once. Plain data: copy it freely, use it with any Reader of the segment. It
/// finds its cell again by itself when the daemon was restarted.
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

/// What wait() waits for.
class Topics {
 public:
  static constexpr Topics ticks() noexcept { return Topics(1U << 4); }  ///< of any symbol
  static constexpr Topics orders() noexcept { return Topics(1U << 1); }
  static constexpr Topics portfolio() noexcept { return Topics(1U << 2); }
  static constexpr Topics candles() noexcept { return Topics(1U << 3); }
  /// Changes of connections, subscriptions and the daemon: every wait ends for these.
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
  changed,  ///< something was published, perhaps for others: look again
  timeout,
  stopped,  ///< stop() was called
};

/// CLOCK_BOOTTIME, the clock that ages and `received_ns` are in.
TICKCACHE_EXPORT std::chrono::nanoseconds boot_clock() noexcept;

/// Reads one segment. Belongs to one thread at a time (only stop() may be called from any). Lookups
/// never block, allocate nothing and make no system call while the daemon lives; when it does not,
/// they look for a successor's segment at most every 100 ms and go over to it by themselves.
class TICKCACHE_EXPORT Reader {
 public:
  /// Opens `segment`; if empty, the one that the environment variable TICKCACHE_SEGMENT names, or
  /// "tickcache". It need not exist yet: lookups say Freshness::down until it does.
  /// Throws SegmentError if there is one that cannot be used.
  explicit Reader(std::string_view segment = {});
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// A handle for `symbol`, in any case, which need not exist yet. A text that is no symbol (empty,
  /// or over 31 bytes) gives a handle that is always missing.
  [[nodiscard]] SymbolHandle handle(std::string_view symbol) const noexcept;

  /// The latest tick of a symbol (in any case).
  [[nodiscard]] Result<Ticker> ticker(std::string_view symbol, const Query& query = {}) noexcept;
  [[nodiscard]] Result<Ticker> ticker(SymbolHandle& symbol, const Query& query = {}) noexcept;

  /// The latest price of a symbol, exact.
  [[nodiscard]] Result<Decimal> price(std::string_view symbol, const Query& query = {}) noexcept;
  [[nodiscard]] Result<Decimal> price(SymbolHandle& symbol, const Query& query = {}) noexcept;

  /// The latest tick, value only, for loops that judge freshness elsewhere. Returns false, and
  /// leaves `out` alone or undefined, if there is none or the writer was always faster.
  bool last(std::string_view symbol, Ticker& out) noexcept;
  bool last(SymbolHandle& symbol, Ticker& out) noexcept;

  /// Every symbol that has a value, in the order of their first ticks, with one reading of the
  /// clock. Returns how many there are; fills at most out.size().
  std::size_t snapshot(std::span<SymbolTicker> out, const Query& query = {}) noexcept;
  [[nodiscard]] std::size_t symbol_count() noexcept;
  /// The symbol number `index` (below symbol_count()) and its latest tick. Without such a symbol,
  /// an empty text and no value.
  [[nodiscard]] SymbolTicker at(std::uint32_t index, const Query& query = {}) noexcept;
  /// The symbol that Ticker::symbol_index names; empty if there is none.
  [[nodiscard]] SymbolText symbol(std::uint32_t index) const noexcept;

  /// The newest out.size() order updates, oldest first; the segment keeps 100 at least.
  ListResult orders(std::span<Order> out, const Query& query = {}) noexcept;

  /// The newest portfolio snapshot.
  [[nodiscard]] Result<Portfolio> portfolio(const Query& query = {}) noexcept;

  /// The newest out.size() candles of a series, oldest first; the last is the open one if the
  /// exchange sends it. The segment keeps 100 closed ones at least.
  ListResult candles(std::string_view symbol, std::string_view interval, std::span<Candle> out,
                     const Query& query = {}) noexcept;

  /// Everything that the segment says about the daemon; `out` is about 30 KB.
  void status(Status& out) noexcept;

  /// Whether `key` is the API key that the daemon uses, by its salted fingerprint. False if no
  /// segment is open.
  [[nodiscard]] bool key_matches(std::string_view key) const noexcept;

  /// The state of the wake word. Take it before looking at the data, then give it to wait(): what
  /// is published in between ends the wait at once.
  [[nodiscard]] std::uint32_t wake_word() noexcept;
  /// Sleeps until something of `topics` is published, the daemon's life changes (noticed within
  /// 250 ms), `timeout` passes or stop() is called. May say `changed` without need.
  WaitResult wait(std::uint32_t seen, Topics topics, std::chrono::nanoseconds timeout) noexcept;
  /// The same for one symbol's ticks.
  WaitResult wait(std::uint32_t seen, SymbolHandle& symbol,
                  std::chrono::nanoseconds timeout) noexcept;
  /// Ends a wait() of another thread, and every later one. Any thread may call it.
  void stop() noexcept;

  /// Why no segment is open; none if one is. With `message`, also what to do.
  [[nodiscard]] OpenError error() const noexcept;
  [[nodiscard]] std::string error_message() const;
  [[nodiscard]] const std::string& segment() const noexcept;

  /// Copies that were thrown away because the writer was faster, and lookups that were given up.
  [[nodiscard]] std::uint64_t retries() const noexcept;
  [[nodiscard]] std::uint64_t busy() const noexcept;

  /// Not for users: what the C interface needs of it.
  struct TICKCACHE_HIDDEN Impl;
  TICKCACHE_HIDDEN Impl& impl() noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tickcache

#include "tickcache/feed.hpp"
