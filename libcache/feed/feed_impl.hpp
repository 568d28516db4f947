// Feed's handlers and their dispatch.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "libcache/feed/feed_cursor.hpp"
#include "tickcache/feed.hpp"

namespace tickcache {

/// The present values that a registration began with. Ticks that are not newer may still lie ahead
/// of the cursor, which reads for the registrations before it, too.
class PresentTicks {
 public:
  PresentTicks(std::uint64_t instance, std::int64_t read_ns) noexcept
      : instance_(instance), read_ns_(read_ns) {}

  /// In the order of their cells.
  void add(const Ticker& ticker) {
    ticks_.push_back(
        {ticker.symbol_index, ticker.updates, ticker.is_snapshot() ? ticker.received_ns : 0});
  }
  /// Whether the value in its cell was this tick or a newer one. `instance`: the tick's segment. In
  /// a successor everything is newer.
  [[nodiscard]] bool include(const Ticker& ticker, std::uint64_t instance) const noexcept;

 private:
  struct Of {
    std::uint32_t cell;
    std::uint64_t updates;
    std::int64_t snapshot_ns;  ///< of a tick: 0
  };
  std::uint64_t instance_;
  std::int64_t read_ns_;  ///< CLOCK_BOOTTIME
  std::vector<Of> ticks_;
};

struct Feed::Impl {
  /// Of a size by which a deque finds its elements without a division.
  template <class Event>
  struct alignas(64) Handler {
    HandlerId id;  ///< 0: removed while an event is delivered
    std::function<void(const Event&)> call;
    std::shared_ptr<const PresentTicks> present = nullptr;  ///< of ticks, if it began with them
  };
  /// A deque: references stay valid when a running handler adds others.
  template <class Event>
  using Handlers = std::deque<Handler<Event>>;

  struct SymbolHandlers {
    SymbolText symbol;
    Handlers<Tick> handlers;
  };
  struct TickHandlers {
    Handlers<Tick> all;
    std::deque<SymbolHandlers> symbols;  ///< by the cursor's number
  };
  /// A present value that is still to be delivered.
  struct Present {
    HandlerId id;
    std::function<void(const Tick&)> call;
    Tick tick;
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
  std::deque<Present> presents;
  HandlerId last_id = 0;
  bool had_presents = false;  ///< some registration began with present values

  bool dispatching = false;
  bool has_removed = false;    ///< some handlers have id 0
  std::exception_ptr failure;  ///< of the present event, if on_error did not handle it

  template <class Event>
  HandlerId add(Handlers<Event>& to, std::function<void(const Event&)> handler) {
    if (!handler) handler = [](const Event&) {};  // for callers that use the cursor directly
    to.push_back({++last_id, std::move(handler)});
    return last_id;
  }
  HandlerId add_ticks(std::span<const std::string_view> symbols,
                      std::function<void(const Tick&)> handler, Delivery delivery, Begin begin);
  void begin_with_present(Handler<Tick>& handler, const SymbolText* symbol = nullptr);
  bool remove(HandlerId id);

  /// Calls the handlers for at most `most` pending events and returns their number. With
  /// `until_stop`, ends at stop().
  std::size_t dispatch(bool until_stop, std::size_t most);
  WaitResult wait(std::int64_t timeout_ns) noexcept;
  FeedEnd run(bool until_end);

  /// Whether next() returns it: not if every registration for it began with it or a newer one.
  [[nodiscard]] bool is_wanted(const TickEvent& event) const;

  void deliver_present();
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
  template <class Call>
  void guard(Call&& call);
  [[nodiscard]] bool began_with(const Handler<Tick>& handler, const Ticker& ticker) const noexcept;

  /// Calls visit(handlers, drop) for each list; drop() ends its request of the cursor.
  template <class Visit>
  void for_each_list(Visit&& visit);
  void sweep();
};

}  // namespace tickcache
