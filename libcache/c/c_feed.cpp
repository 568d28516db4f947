// The C interface to Feed. No exception leaves it.
#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>
#include <vector>

#include "libcache/c/c_records.hpp"
#include "libcache/feed/feed_impl.hpp"
#include "libcache/segment/fingerprint.hpp"

struct tickcache_feed {
  explicit tickcache_feed(std::string_view segment) : feed(segment) {}

  tickcache::Feed feed;
  // The records that the present event points to.
  tickcache_order order;
  tickcache_candle candle;
  tickcache_portfolio portfolio;
};

namespace {

using namespace tickcache;
using Kind = FeedCursor::Kind;

static_assert(TICKCACHE_EVENT_TICK == static_cast<int>(Kind::tick));
static_assert(TICKCACHE_EVENT_CANDLE == static_cast<int>(Kind::candle));
static_assert(TICKCACHE_EVENT_ORDER == static_cast<int>(Kind::order));
static_assert(TICKCACHE_EVENT_PORTFOLIO == static_cast<int>(Kind::portfolio));
static_assert(TICKCACHE_EVENT_STATUS == static_cast<int>(Kind::status));
static_assert(TICKCACHE_EVENT_GAP == static_cast<int>(Kind::gap));
static_assert(TICKCACHE_GAP_LAPPED == static_cast<int>(GapCause::lapped));
static_assert(TICKCACHE_GAP_RESTARTED == static_cast<int>(GapCause::restarted));
static_assert(TICKCACHE_GAP_NOT_STORED == static_cast<int>(GapCause::not_stored));
static_assert(TICKCACHE_EVERY == static_cast<int>(Delivery::every));
static_assert(TICKCACHE_LATEST == static_cast<int>(Delivery::latest));
static_assert(TICKCACHE_BEGIN_NEXT == static_cast<int>(Begin::next));
static_assert(TICKCACHE_BEGIN_PRESENT == static_cast<int>(Begin::present));
static_assert(TICKCACHE_END_STOP == static_cast<int>(FeedEnd::stop));
static_assert(TICKCACHE_END_STOPPED == static_cast<int>(FeedEnd::stopped));
static_assert(TICKCACHE_END_AUTH_FAILED == static_cast<int>(FeedEnd::auth_failed));

void begin_event(Kind kind, std::uint64_t missed, tickcache_event& out) {
  out = {};
  out.kind = static_cast<std::int32_t>(kind);
  out.missed = missed;
}

void to_c(const Tick& tick, tickcache_event& out, tickcache_feed&) {
  begin_event(Kind::tick, tick.missed, out);
  out.present = tick.present ? 1 : 0;
  copy_text(tick.symbol, out.symbol);
  to_c(tick.ticker, out.ticker);
}

void to_c(const TickEvent& event, tickcache_event& out, tickcache_feed& feed) {
  to_c(event.tick, out, feed);
}

void to_c(const ClosedCandle& candle, tickcache_event& out, tickcache_feed& feed) {
  begin_event(Kind::candle, candle.missed, out);
  copy_text(candle.symbol, out.symbol);
  copy_text(candle.interval, out.interval);
  std::memcpy(&feed.candle, &candle.candle, sizeof feed.candle);
  out.candle = &feed.candle;
}

void to_c(const OrderUpdate& update, tickcache_event& out, tickcache_feed& feed) {
  begin_event(Kind::order, update.missed, out);
  to_c(update.order, update.position, feed.order);
  out.order = &feed.order;
}

void to_c(const PortfolioUpdate& update, tickcache_event& out, tickcache_feed& feed) {
  begin_event(Kind::portfolio, update.missed, out);
  std::memcpy(&feed.portfolio, &update.portfolio, sizeof feed.portfolio);
  out.portfolio = &feed.portfolio;
}

void to_c(const FeedStatus& status, tickcache_event& out, tickcache_feed&) {
  begin_event(Kind::status, 0, out);
  out.status = static_cast<std::int32_t>(status.freshness);
  out.reason = static_cast<std::int32_t>(status.reason);
}

void to_c(const FeedGap& gap, tickcache_event& out, tickcache_feed&) {
  begin_event(Kind::gap, gap.missed, out);
  out.cause = static_cast<std::int32_t>(gap.cause);
  out.channel = static_cast<std::int32_t>(gap.channel);
  copy_text(gap.symbol, out.symbol);
  copy_text(gap.interval, out.interval);
}

/// The handler for Feed; empty if `handler` is null.
template <class Event>
std::function<void(const Event&)> wrapped(tickcache_feed* feed, tickcache_handler handler,
                                          void* user) {
  if (handler == nullptr) return {};
  return [feed, handler, user](const Event& from) {
    tickcache_event event;
    to_c(from, event, *feed);
    handler(&event, user);
  };
}

/// The id, or -1 if `ask` threw: an invalid symbol or interval, or no memory.
template <class Ask>
std::int64_t asked(Ask&& ask) {
  try {
    return static_cast<std::int64_t>(ask());
  } catch (...) {
    return -1;
  }
}

std::string_view view_of(const char* text) { return text == nullptr ? std::string_view() : text; }

}  // namespace

extern "C" {

int tickcache_feed_open(const char* segment, tickcache_feed** feed, char* message,
                        size_t message_size) {
  return open_for_c(segment, feed, message, message_size);
}

void tickcache_feed_close(tickcache_feed* feed) { delete feed; }

int64_t tickcache_feed_on_ticker(tickcache_feed* feed, const char* symbol, int delivery,
                                 tickcache_handler handler, void* user) {
  return tickcache_feed_on_tickers(feed, &symbol, 1, delivery, TICKCACHE_BEGIN_NEXT, handler, user);
}

int64_t tickcache_feed_on_tickers(tickcache_feed* feed, const char* const* symbols, size_t count,
                                  int delivery, int begin, tickcache_handler handler, void* user) {
  if (delivery != TICKCACHE_EVERY && delivery != TICKCACHE_LATEST) return -1;
  if (begin != TICKCACHE_BEGIN_NEXT && begin != TICKCACHE_BEGIN_PRESENT) return -1;
  return asked([&] {
    std::vector<std::string_view> views(count);
    std::transform(symbols, symbols + count, views.begin(), view_of);
    return feed->feed.on_ticker(views, wrapped<Tick>(feed, handler, user),
                                static_cast<Delivery>(delivery), static_cast<Begin>(begin));
  });
}

int64_t tickcache_feed_on_candles(tickcache_feed* feed, const char* symbol, const char* interval,
                                  tickcache_handler handler, void* user) {
  return asked([&] {
    return feed->feed.on_candles(view_of(symbol), view_of(interval),
                                 wrapped<ClosedCandle>(feed, handler, user));
  });
}

int64_t tickcache_feed_on_order_update(tickcache_feed* feed, tickcache_handler handler,
                                       void* user) {
  return asked(
      [&] { return feed->feed.on_order_update(wrapped<OrderUpdate>(feed, handler, user)); });
}

int64_t tickcache_feed_on_portfolio(tickcache_feed* feed, tickcache_handler handler, void* user) {
  return asked(
      [&] { return feed->feed.on_portfolio(wrapped<PortfolioUpdate>(feed, handler, user)); });
}

int64_t tickcache_feed_on_status(tickcache_feed* feed, tickcache_handler handler, void* user) {
  return asked([&] { return feed->feed.on_status(wrapped<FeedStatus>(feed, handler, user)); });
}

int64_t tickcache_feed_on_gap(tickcache_feed* feed, tickcache_handler handler, void* user) {
  return asked([&] { return feed->feed.on_gap(wrapped<FeedGap>(feed, handler, user)); });
}

int tickcache_feed_remove(tickcache_feed* feed, int64_t id) {
  return id > 0 && feed->feed.remove(static_cast<HandlerId>(id)) ? 0 : -1;
}

size_t tickcache_feed_poll(tickcache_feed* feed, size_t max) {
  try {
    return feed->feed.poll(max);
  } catch (...) {  // no memory, or a handler in C++
    return 0;      // nothing is lost: the next call continues
  }
}

int tickcache_feed_next(tickcache_feed* feed, tickcache_event* event) {
  Feed::Impl& impl = feed->feed.impl();
  if (impl.dispatching) return 0;  // a handler still uses the present event
  if (!impl.presents.empty()) {
    to_c(impl.presents.front().tick, *event, *feed);
    impl.presents.pop_front();
    return 1;
  }
  FeedCursor& cursor = impl.cursor;
  try {
    for (Kind kind = cursor.next(); kind != Kind::none; kind = cursor.next()) {
      if (kind == Kind::tick && !impl.is_wanted(cursor.tick())) continue;
      cursor.visit(kind, [&](const auto& from) { to_c(from, *event, *feed); });
      return 1;
    }
    return 0;
  } catch (...) {
    return 0;
  }
}

int tickcache_feed_wait(tickcache_feed* feed, int64_t timeout_ns) {
  return static_cast<int>(feed->feed.wait(std::chrono::nanoseconds(timeout_ns)));
}

int tickcache_feed_set_idle_strategy(tickcache_feed* feed, int strategy) {
  return set_idle_strategy_of(feed->feed, strategy);
}

int tickcache_feed_run(tickcache_feed* feed) {
  for (;;) {
    try {
      return static_cast<int>(feed->feed.run());
    } catch (...) {  // as in tickcache_feed_poll()
      continue;
    }
  }
}

void tickcache_feed_run_forever(tickcache_feed* feed) {
  for (;;) {
    try {
      return feed->feed.run_forever();
    } catch (...) {
      continue;
    }
  }
}

void tickcache_feed_stop(tickcache_feed* feed) { feed->feed.stop(); }

uint64_t tickcache_feed_missed(const tickcache_feed* feed) { return feed->feed.missed(); }

int tickcache_feed_key_matches(tickcache_feed* feed, const char* key) {
  const SegmentView& view = feed->feed.impl().cursor.attachment().view();
  return view && is_key_of(view.header(), key) ? 1 : 0;
}

}  // extern "C"
