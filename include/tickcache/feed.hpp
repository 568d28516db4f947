// Feed: every tick, order update, closed candle and portfolio snapshot as an event, from shared
// memory, without a connection and without a thread. Included by tickcache.hpp.
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
#include <memory>
#include <string>
#include <string_view>

#include "tickcache/candle.hpp"
#include "tickcache/export.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"
#include "tickcache/status.hpp"
#include "tickcache/text.hpp"
#include "tickcache/tickcache.hpp"
#include "tickcache/ticker.hpp"

namespace tickcache {

// `missed` counts what was asked for, lies directly before the event, and was not delivered.

struct Tick {
  SymbolText symbol;
  Ticker ticker;
  std::uint64_t missed = 0;
};

struct OrderUpdate {
  Order order;
  std::uint64_t position = 0;  ///< counts every update of the account, without holes
  std::uint64_t missed = 0;
};

/// A candle whose interval is over.
struct ClosedCandle {
  SymbolText symbol;
  IntervalText interval;
  Candle candle;
  std::uint64_t missed = 0;
};

struct PortfolioUpdate {
  Portfolio portfolio;
  std::uint64_t position = 0;  ///< counts every snapshot of the account
  std::uint64_t missed = 0;
};

/// Whether the feed can be trusted: live, stale or down.
struct FeedStatus {
  Freshness freshness = Freshness::down;
  Reason reason = Reason::no_segment;  ///< none if live
};

enum class GapCause : std::uint8_t {
  lapped = 1,       ///< this program was too slow: `missed` were overwritten before it read them
  reconnected = 2,  ///< the daemon had lost its connection: nobody knows what was sent meanwhile
  restarted = 3,    ///< the daemon was restarted: nobody knows what was sent meanwhile
};

/// What comes next on a channel does not follow on what came last.
struct FeedGap {
  ChannelKind channel =
      ChannelKind::all_tickers;  ///< all_tickers for ticks, whatever handler asked
  GapCause cause = GapCause::lapped;
  SymbolText symbol;         ///< of the ticks or candles; empty: of all
  IntervalText interval;     ///< of the candles
  std::uint64_t missed = 0;  ///< lapped: how many
  /// Nothing is missing up to then: the record before was received, or this was asked for.
  std::int64_t since_unix_ns = 0;
};

/// Which ticks a handler gets.
enum class Delivery : std::uint8_t {
  every = 0,   ///< all, in order
  latest = 1,  ///< for slow handlers: a symbol's newest tick, with the number of those before it
};

/// Why Feed::run() returned.
enum class FeedEnd : std::uint8_t {
  stop = 1,         ///< stop() was called
  stopped = 2,      ///< the daemon was stopped
  auth_failed = 3,  ///< the daemon stopped because the exchange rejected the key
};

/// The event side of a segment. A handler gets what the daemon publishes after it was asked for,
/// each record once and in order, across restarts of the daemon; what a slow program loses is
/// counted, and said by on_gap.
///
/// Belongs to one thread at a time, except stop(). Handlers run inside poll(), run() and
/// run_forever(), on the thread that called these; they may ask for more, which holds from the next
/// event on, and may call stop(). Calling poll() or run() from a handler does nothing.
class TICKCACHE_EXPORT Feed {
 public:
  /// Opens `segment` as Reader does: it need not exist yet. Throws SegmentError.
  explicit Feed(std::string_view segment = {});
  ~Feed();
  Feed(Feed&&) noexcept;
  Feed& operator=(Feed&&) noexcept;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Ticks of a symbol, in any case, which need not exist yet; or of "all". Throws
  /// std::invalid_argument if it is no symbol (empty, or over 31 bytes).
  void on_ticker(std::string_view symbol, std::function<void(const Tick&)> handler,
                 Delivery delivery = Delivery::every);
  /// Candles of a series that the daemon subscribes to, when they have closed. One that the
  /// exchange repeats comes again only if it differs. Throws std::invalid_argument if `symbol` or
  /// `interval` is none.
  void on_candles(std::string_view symbol, std::string_view interval,
                  std::function<void(const ClosedCandle&)> handler);
  void on_order_update(std::function<void(const OrderUpdate&)> handler);
  void on_portfolio(std::function<void(const PortfolioUpdate&)> handler);
  /// The first event says how it is now. Noticed at once, but for silence and a daemon that was
  /// killed: within 250 ms.
  void on_status(std::function<void(const FeedStatus&)> handler);
  /// Comes before the record that it is about; after a reconnection that may have cost order
  /// updates, at once.
  void on_gap(std::function<void(const FeedGap&)> handler);

  /// Where exceptions of handlers go; the feed goes on. Without it, or if it throws, the first of
  /// an event leaves poll() or run() when the event's other handlers have been called; calling
  /// these again goes on with the next event.
  void on_error(std::function<void(std::exception_ptr)> handler);

  /// Calls the handlers of what is there, without waiting. Returns the number of events: at most
  /// about as many as there were at the call.
  std::size_t poll();
  /// Sleeps until there may be events, `timeout` passes or stop() is called. For loops of one's
  /// own: poll until nothing comes, then wait.
  WaitResult wait(std::chrono::nanoseconds timeout = std::chrono::nanoseconds::max()) noexcept;

  /// Calls handlers until stop(), or until the daemon has ended for good: it was stopped, and all
  /// that it published has been delivered. Returns at once if it is stopped already; waits for one
  /// that was never started.
  FeedEnd run();
  /// Calls handlers until stop(), across restarts of the daemon.
  void run_forever();

  /// Ends wait(), run() and run_forever(), now and later. Any thread and any handler may call it.
  void stop() noexcept;

  /// Records that were asked for and overwritten before they were read.
  [[nodiscard]] std::uint64_t missed() const noexcept;
  [[nodiscard]] const std::string& segment() const noexcept;

  /// Not for users: what the C interface needs of it.
  struct TICKCACHE_HIDDEN Impl;
  TICKCACHE_HIDDEN Impl& impl() noexcept { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tickcache
