// Feed's handlers and their dispatch.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <string_view>
#include <utility>

#include "libcache/feed/feed_cursor.hpp"
#include "tickcache/feed.hpp"

namespace tickcache {

struct Feed::Impl {
  /// A deque: references stay valid when a running handler adds others.
  template <class Event>
  using Handlers = std::deque<std::function<void(const Event&)>>;

  struct TickHandlers {
    Handlers<Tick> all;
    std::deque<Handlers<Tick>> symbols;  ///< by the cursor's number
  };

  explicit Impl(std::string_view segment) : cursor(segment) {}

  FeedCursor cursor;
  std::array<TickHandlers, 2> ticks;           ///< by Delivery
  std::deque<Handlers<ClosedCandle>> candles;  ///< by the cursor's number
  Handlers<OrderUpdate> orders;
  Handlers<PortfolioUpdate> portfolios;
  Handlers<FeedStatus> statuses;
  Handlers<FeedGap> gaps;
  std::function<void(std::exception_ptr)> on_error;

  bool dispatching = false;
  std::exception_ptr failure;  ///< of the present event, if on_error did not handle it

  /// An empty handler only requested the events, for callers that use the cursor directly.
  template <class Event>
  static void add(Handlers<Event>& to, std::function<void(const Event&)> handler) {
    if (handler) to.push_back(std::move(handler));
  }

  /// Calls the handlers for the pending events and returns their number. With `until_stop`, ends at
  /// stop().
  std::size_t dispatch(bool until_stop);
  FeedEnd run(bool until_end);

  void deliver(const TickEvent& event);
  void deliver(const ClosedCandle& event);
  void deliver(const OrderUpdate& event) { call(orders, event); }
  void deliver(const PortfolioUpdate& event) { call(portfolios, event); }
  void deliver(const FeedStatus& event) { call(statuses, event); }
  void deliver(const FeedGap& event) { call(gaps, event); }
  void report(std::exception_ptr error);
  template <class Event>
  void call(const Handlers<Event>& handlers, const Event& event) {
    call(handlers, handlers.size(), event);
  }
  template <class Event>
  void call(const Handlers<Event>& handlers, std::size_t count, const Event& event);
};

}  // namespace tickcache
