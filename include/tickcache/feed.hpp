// Feed: every tick, order update, closed candle and portfolio snapshot as an event, read from
// shared memory without a connection or a thread of its own. Included by tickcache.hpp.
//
//   tickcache::Feed feed;
//   feed.on_ticker("BTCUSDT", [](const tickcache::Tick& tick) { … });
//   feed.on_order_update([](const tickcache::OrderUpdate& update) { … });
//   feed.run_forever();
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tickcache/candle.hpp"
#include "tickcache/export.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"
#include "tickcache/status.hpp"
#include "tickcache/text.hpp"
#include "tickcache/tickcache.hpp"
#include "tickcache/ticker.hpp"
#include "tickcache/time.hpp"

namespace tickcache {

// `missed`: number of requested records lost just before this one.

struct Tick {
  SymbolText symbol;
  Ticker ticker;
  std::uint64_t missed = 0;
  bool present = false;  ///< the value at registration (Begin::present)
};

struct OrderUpdate {
  Order order;
  std::uint64_t position = 0;  ///< number of the update in the account, without gaps
  std::uint64_t missed = 0;
};

/// A final candle: its interval is over.
struct ClosedCandle {
  SymbolText symbol;
  IntervalText interval;
  Candle candle;
  std::uint64_t missed = 0;
};

struct PortfolioUpdate {
  Portfolio portfolio;
  std::uint64_t position = 0;  ///< number of the snapshot in the account
  std::uint64_t missed = 0;
};

/// Whether the feed as a whole is live, stale or down.
struct FeedStatus {
  Freshness freshness = Freshness::down;
  Reason reason = Reason::no_segment;  ///< none if live
};

enum class GapCause : std::uint8_t {
  lapped = 1,       ///< this program was too slow: `missed` records were overwritten
  reconnected = 2,  ///< the daemon lost its connection; the loss is unknown
  restarted = 3,    ///< the daemon was restarted; the loss is unknown
  /// The daemon did not store them: it was not subscribed meanwhile, or rejected them. For ticks,
  /// `missed` is how many, with each time that it was not subscribed counted as one.
  not_stored = 4,
};

/// Records may be missing between the last event of a channel and the next.
struct FeedGap {
  ChannelKind channel = ChannelKind::all_tickers;  ///< all_tickers for every gap in ticks
  GapCause cause = GapCause::lapped;
  SymbolText symbol;         ///< of ticks and candles; empty: every symbol
  IntervalText interval;     ///< of candles
  std::uint64_t missed = 0;  ///< if lapped, and of ticks not stored: number of records lost
  /// Nothing before this Unix time is missing: the previous record was received then or, if there
  /// was none, the handler was registered.
  std::int64_t since_unix_ns = 0;

  [[nodiscard]] UnixTime since() const noexcept {
    return UnixTime(std::chrono::nanoseconds(since_unix_ns));
  }
};

/// Which ticks a handler receives.
enum class Delivery : std::uint8_t {
  every = 0,   ///< every tick, in order
  latest = 1,  ///< for slow handlers: each symbol's newest tick; `missed` counts the rest
};

/// What a handler of ticks receives first.
enum class Begin : std::uint8_t {
  next = 0,     ///< the next tick
  present = 1,  ///< each symbol's latest tick or snapshot at registration, then every newer one
};

/// Number of a registration, for Feed::remove(). Never 0, and never used again by its Feed.
using HandlerId = std::uint64_t;

/// Why Feed::run() returned.
enum class FeedEnd : std::uint8_t {
  stop = 1,         ///< stop() was called
  stopped = 2,      ///< the daemon was stopped
  auth_failed = 3,  ///< the daemon stopped: key rejected, or account suspended
};

/// Delivers the events of a segment. A handler receives the records published after registration,
/// each once and in order, across restarts of the daemon. Records that a slow program loses are
/// counted and reported to on_gap().
///
/// Use it from one thread at a time; only stop() may be called from any thread. Handlers run inside
/// poll(), run() and run_forever(), on the calling thread. The event is valid until the handler
/// returns. A handler may register more handlers, which receive events from the next one on, remove
/// any, and call stop(). Calling poll() or run() from a handler does nothing. Do not destroy the
/// Feed in one.
class TICKCACHE_EXPORT Feed {
 public:
  /// Opens `segment` as Reader does: it need not exist yet. Throws SegmentError if it exists and
  /// cannot be used.
  explicit Feed(std::string_view segment = {});
  ~Feed();
  Feed(Feed&&) noexcept;
  Feed& operator=(Feed&&) noexcept;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Ticks of a symbol (in any case), which need not exist yet, or of "all" symbols. Throws
  /// std::invalid_argument if `symbol` is invalid (empty, or longer than 31 bytes).
  HandlerId on_ticker(std::string_view symbol, std::function<void(const Tick&)> handler,
                      Delivery delivery = Delivery::every, Begin begin = Begin::next);
  /// The same for several symbols, which share one handler and one id. A symbol given twice counts
  /// once; "all" among them stands for all. If one is invalid, none is registered.
  ///
  /// With Begin::present, the present values come first, marked `present`, in the next poll() or
  /// run(). `missed` of a symbol's first tick after it may count ticks from before, if an earlier
  /// handler of the symbol lost them. A symbol without a value, or without a segment yet, begins
  /// with its next tick. A present value may be old: only on_status() and Reader say whether it is
  /// live.
  HandlerId on_ticker(std::span<const std::string_view> symbols,
                      std::function<void(const Tick&)> handler, Delivery delivery = Delivery::every,
                      Begin begin = Begin::next);
  HandlerId on_ticker(std::initializer_list<std::string_view> symbols,
                      std::function<void(const Tick&)> handler, Delivery delivery = Delivery::every,
                      Begin begin = Begin::next) {
    return on_ticker(std::span(symbols.begin(), symbols.size()), std::move(handler), delivery,
                     begin);
  }
  /// Closed candles of a series that the daemon subscribes to. A candle that the exchange repeats
  /// is delivered again only if it differs; those that the daemon fetches from before it kept the
  /// series are not delivered. Throws std::invalid_argument if `symbol` or `interval`
  /// is invalid.
  HandlerId on_candles(std::string_view symbol, std::string_view interval,
                       std::function<void(const ClosedCandle&)> handler);
  HandlerId on_order_update(std::function<void(const OrderUpdate&)> handler);
  HandlerId on_portfolio(std::function<void(const PortfolioUpdate&)> handler);
  /// The first event reports the present state. Changes are reported at once, except that silence
  /// and a lost heartbeat are checked every 250 ms.
  HandlerId on_status(std::function<void(const FeedStatus&)> handler);
  /// A gap is reported just before the first record after it; a reconnection that may have lost
  /// order updates, at once.
  HandlerId on_gap(std::function<void(const FeedGap&)> handler);

  /// Ends the delivery to the handler that an on_…() returned `id` for: it is not called again.
  /// From a handler, its own or another, the removed one is destroyed once the event is delivered.
  /// What no handler is left for is neither read nor counted as missed. False if there is no such
  /// handler (any more). Not to be called by what is destroyed together with the feed, such as a
  /// guard that a handler captured.
  bool remove(HandlerId id);

  /// Receives exceptions that handlers throw; the feed then continues. Without it, or if it throws
  /// itself, poll() or run() throws the first exception of an event after calling the event's other
  /// handlers. Call poll() or run() again to continue with the next event.
  void on_error(std::function<void(std::exception_ptr)> handler);

  /// Calls the handlers for the pending events, at most `max`, without waiting. Returns the number
  /// of events. It stops after about as many as were pending at the call, however fast new ones
  /// arrive.
  std::size_t poll(std::size_t max = std::numeric_limits<std::size_t>::max());
  /// Sleeps until there may be events, `timeout` passes or stop() is called. In your own loop, poll
  /// until it returns 0, then wait.
  WaitResult wait(std::chrono::nanoseconds timeout = std::chrono::nanoseconds::max()) noexcept;

  /// How wait(), run() and run_forever() pass the time; `sleep` to begin with.
  void set_idle_strategy(IdleStrategy strategy) noexcept;

  /// Calls handlers until stop() is called, or until the daemon has been stopped and everything it
  /// published is delivered. Returns at once if the daemon is already stopped and nothing is
  /// pending. Waits for a daemon that was never started, or that was killed.
  FeedEnd run();
  /// Calls handlers until stop(), across restarts of the daemon.
  void run_forever();

  /// Ends wait(), run() and run_forever(), at the latest after 250 ms, and every later call of
  /// them. Any thread, any handler and any signal handler may call it: it takes no lock, allocates
  /// nothing and keeps errno.
  void stop() noexcept;

  /// Number of requested records that were lost: overwritten before they were read, or not stored.
  [[nodiscard]] std::uint64_t missed() const noexcept;
  /// The segment's name. The reference is valid as long as the Feed.
  [[nodiscard]] const std::string& segment() const noexcept;

  /// Internal: used by the C interface.
  struct TICKCACHE_HIDDEN Impl;
  TICKCACHE_HIDDEN Impl& impl() noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tickcache
