#include "tickcache/feed.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "libcache/feed/feed_impl.hpp"
#include "libcache/segment/clock.hpp"
#include "libcache/segment/segment_file.hpp"

namespace tickcache {

namespace {

bool is_all(std::string_view symbol) noexcept {
  return SymbolKey::from(symbol).text() == std::string_view("ALL");
}

SymbolText valid_symbol(std::string_view symbol) {
  const SymbolKey key = SymbolKey::from(symbol);
  if (!key.valid()) {
    throw std::invalid_argument("a symbol has 1 to " + std::to_string(SymbolText::kMaxSize) +
                                " bytes, such as BTCUSDT; \"all\" stands for all");
  }
  return key.text();
}

}  // namespace

// --- dispatching

void Feed::Impl::report(std::exception_ptr error) {
  if (on_error) {
    try {
      return on_error(error);
    } catch (...) {
      error = std::current_exception();
    }
  }
  if (!failure) failure = error;
}

template <class Call>
void Feed::Impl::guard(Call&& call) {
  try {
    call();
  } catch (...) {
    report(std::current_exception());
  }
}

/// Calls the first `count` handlers, even if some throw. Handlers added meanwhile receive the next
/// event; removed ones, none.
template <class Event>
void Feed::Impl::call(const Handlers<Event>& handlers, std::size_t count, const Event& event) {
  for (std::size_t i = 0; i < count; ++i) {
    const Handler<Event>& handler = handlers[i];
    if (handler.id == 0) continue;
    if constexpr (std::is_same_v<Event, Tick>) {
      if (began_with(handler, event.ticker)) continue;
    }
    guard([&] { handler.call(event); });
  }
}

void Feed::Impl::deliver(const TickEvent& event) {
  const auto& [all, symbols] = ticks[static_cast<std::size_t>(event.delivery)];
  const auto number = static_cast<std::size_t>(event.symbol_number);
  const std::size_t of_symbol = number < symbols.size() ? symbols[number].handlers.size() : 0;
  if (event.for_all) call(all, event.tick);
  if (of_symbol == 0) return;
  Tick own = event.tick;
  own.missed = event.missed;
  call(symbols[number].handlers, of_symbol, own);
}

void Feed::Impl::deliver_present() {
  const Present present = std::move(presents.front());
  presents.pop_front();
  guard([&] { present.call(present.tick); });
}

void Feed::Impl::deliver(const ClosedCandle& event) {
  call(candles[static_cast<std::size_t>(cursor.candle_number())], event);
}

std::size_t Feed::Impl::dispatch(bool until_stop, std::size_t most) {
  if (dispatching) return 0;
  struct Busy {
    explicit Busy(bool& flag) : busy(flag) { busy = true; }
    ~Busy() { busy = false; }
    bool& busy;
  } const busy(dispatching);

  const std::uint64_t limit = std::min<std::uint64_t>(cursor.backlog() + presents.size(), most);
  std::size_t count = 0;
  while (count < limit && !(until_stop && cursor.stopped())) {
    if (!presents.empty()) {
      deliver_present();
    } else {
      const FeedCursor::Kind kind = cursor.next();
      if (kind == FeedCursor::Kind::none) break;
      cursor.visit(kind, [this](const auto& event) { deliver(event); });
    }
    ++count;
    while (has_removed) sweep();  // what it destroys may remove others
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
  }
  return count;
}

WaitResult Feed::Impl::wait(std::int64_t timeout_ns) noexcept {
  if (!presents.empty() && !cursor.stopped()) return WaitResult::changed;
  return cursor.wait(timeout_ns);
}

FeedEnd Feed::Impl::run(bool until_end) {
  if (dispatching) return FeedEnd::stop;
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  while (!cursor.stopped()) {
    if (dispatch(true, kAll) > 0) continue;
    if (const auto end = until_end ? cursor.ended() : std::nullopt) {
      // Events published after the empty dispatch() above.
      while (dispatch(true, kAll) > 0) continue;
      if (!cursor.stopped()) return *end;
    } else {
      wait(std::numeric_limits<std::int64_t>::max());
    }
  }
  return FeedEnd::stop;
}

// --- registering

HandlerId Feed::Impl::add_ticks(std::span<const std::string_view> symbols,
                                std::function<void(const Tick&)> handler, Delivery delivery,
                                Begin begin) {
  std::vector<SymbolText> texts;
  texts.reserve(symbols.size());
  for (const std::string_view symbol : symbols) texts.push_back(valid_symbol(symbol));
  const bool for_all = std::any_of(symbols.begin(), symbols.end(), is_all);
  const bool shares = begin == Begin::present || (texts.size() > 1 && !for_all);
  if (!handler) handler = [](const Tick&) {};
  if (shares) {  // one function, with what it captured
    handler = [shared = std::make_shared<std::function<void(const Tick&)>>(std::move(handler))](
                  const Tick& tick) { (*shared)(tick); };
  }
  auto& [all, by_number] = ticks[static_cast<std::size_t>(delivery)];
  const HandlerId id = ++last_id;
  try {
    if (for_all) {
      cursor.want_all(delivery);
      all.push_back({id, handler});
      if (begin == Begin::present) begin_with_present(all.back());
      return id;
    }
    for (const SymbolText& text : texts) {
      const auto number = static_cast<std::size_t>(cursor.want_symbol(text, delivery));
      while (by_number.size() <= number) by_number.emplace_back();
      auto& [symbol, handlers] = by_number[number];
      if (!handlers.empty() && handlers.back().id == id) continue;  // given twice
      symbol = text;
      handlers.push_back({id, handler});
      if (begin == Begin::present) begin_with_present(handlers.back(), &text);
    }
  } catch (...) {
    remove(id);
    throw;
  }
  return id;
}

/// Queues the present values of `symbol`, or of all. Called after the request was made, so that
/// what is published meanwhile is in them or follows.
void Feed::Impl::begin_with_present(Handler<Tick>& handler, const SymbolText* symbol) {
  const SegmentView& view = cursor.attachment().view();
  if (!view) return;
  const auto present = std::make_shared<PresentTicks>(view.header().instance, boot_now());
  const auto add = [&](std::uint32_t cell) {
    Tick tick;
    if (!view.ticker(cell).latest(tick.ticker)) return;
    tick.ticker.symbol_index = cell;
    tick.symbol = view.symbol(cell);
    tick.present = true;
    present->add(tick.ticker);
    presents.push_back({handler.id, handler.call, tick});
  };
  if (symbol == nullptr) {
    for (std::uint32_t cell = 0; cell < view.symbol_count(); ++cell) add(cell);
  } else if (const auto cell = view.find(SymbolKey::from(symbol->view()))) {
    add(*cell);
  }
  handler.present = present;
  had_presents = true;
}

bool PresentTicks::include(const Ticker& ticker, std::uint64_t instance) const noexcept {
  if (instance != instance_) return false;
  const auto of =
      std::lower_bound(ticks_.begin(), ticks_.end(), ticker.symbol_index,
                       [](const Of& tick, std::uint32_t cell) { return tick.cell < cell; });
  if (of == ticks_.end() || of->cell != ticker.symbol_index) return false;
  // One that came after a newer snapshot is counted, but not in the cell.
  if (ticker.is_overtaken() && ticker.received_ns <= read_ns_) return true;
  if (!ticker.is_snapshot()) return ticker.updates <= of->updates;
  // A snapshot has the number of the tick before it.
  return ticker.updates < of->updates || ticker.received_ns <= of->snapshot_ns;
}

bool Feed::Impl::began_with(const Handler<Tick>& handler, const Ticker& ticker) const noexcept {
  return handler.present &&
         handler.present->include(ticker, cursor.attachment().view().header().instance);
}

bool Feed::Impl::is_wanted(const TickEvent& event) const {
  if (event.again) return false;
  if (!had_presents) return true;
  const auto& [all, symbols] = ticks[static_cast<std::size_t>(event.delivery)];
  const auto wants = [&](const Handlers<Tick>& handlers) {
    return std::any_of(handlers.begin(), handlers.end(), [&](const Handler<Tick>& handler) {
      return !began_with(handler, event.tick.ticker);
    });
  };
  const auto number = static_cast<std::size_t>(event.symbol_number);
  return (event.for_all && wants(all)) ||
         (event.symbol_number >= 0 && wants(symbols[number].handlers));
}

// --- removing

template <class Visit>
void Feed::Impl::for_each_list(Visit&& visit) {
  for (const Delivery delivery : {Delivery::every, Delivery::latest}) {
    auto& [all, symbols] = ticks[static_cast<std::size_t>(delivery)];
    visit(all, [&] { cursor.drop_all(delivery); });
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      auto& symbol = symbols[i];
      const auto number = static_cast<std::int32_t>(i);
      visit(symbol.handlers, [&] { cursor.drop_symbol(symbol.symbol, number, delivery); });
    }
  }
  for (std::size_t i = 0; i < candles.size(); ++i) {
    visit(candles[i], [&] { cursor.drop_candles(static_cast<std::int32_t>(i)); });
  }
  visit(orders, [&] { cursor.drop_orders(); });
  visit(portfolios, [&] { cursor.drop_portfolio(); });
  visit(statuses, [&] { cursor.drop_status(); });
  visit(gaps, [] {});
}

bool Feed::Impl::remove(HandlerId id) {
  if (id == 0) return false;
  bool removed = false;
  for_each_list([&](auto& handlers, auto&& drop) {
    const auto found = std::find_if(handlers.begin(), handlers.end(),
                                    [&](const auto& handler) { return handler.id == id; });
    if (found == handlers.end()) return;
    removed = true;
    found->id = 0;  // it may be running
    const bool is_last = std::all_of(handlers.begin(), handlers.end(),
                                     [](const auto& handler) { return handler.id == 0; });
    if (is_last) drop();
  });
  std::erase_if(presents, [&](const Present& present) { return present.id == id; });
  if (dispatching) {
    has_removed |= removed;
  } else {
    sweep();
  }
  return removed;
}

void Feed::Impl::sweep() {
  has_removed = false;
  for_each_list([](auto& handlers, auto&&) {
    // What they captured may remove others: it is destroyed when the list is whole again.
    std::vector<decltype(handlers.front().call)> calls;
    for (auto& handler : handlers) {
      if (handler.id == 0) calls.push_back(std::move(handler.call));
    }
    std::erase_if(handlers, [](const auto& handler) { return handler.id == 0; });
  });
}

// --- Feed

Feed::Feed(std::string_view segment) : impl_(std::make_unique<Impl>(segment)) {}
Feed::~Feed() = default;
Feed::Feed(Feed&&) noexcept = default;
Feed& Feed::operator=(Feed&&) noexcept = default;

HandlerId Feed::on_ticker(std::string_view symbol, std::function<void(const Tick&)> handler,
                          Delivery delivery, Begin begin) {
  return impl_->add_ticks({&symbol, 1}, std::move(handler), delivery, begin);
}

HandlerId Feed::on_ticker(std::span<const std::string_view> symbols,
                          std::function<void(const Tick&)> handler, Delivery delivery,
                          Begin begin) {
  return impl_->add_ticks(symbols, std::move(handler), delivery, begin);
}

HandlerId Feed::on_candles(std::string_view symbol, std::string_view interval,
                           std::function<void(const ClosedCandle&)> handler) {
  IntervalText text;
  if (interval.empty() || !text.assign(interval)) {
    throw std::invalid_argument("an interval has 1 to " + std::to_string(IntervalText::kMaxSize) +
                                " bytes, such as 1m");
  }
  auto& candles = impl_->candles;
  const auto number =
      static_cast<std::size_t>(impl_->cursor.want_candles(valid_symbol(symbol), text));
  while (candles.size() <= number) candles.emplace_back();
  return impl_->add(candles[number], std::move(handler));
}

HandlerId Feed::on_order_update(std::function<void(const OrderUpdate&)> handler) {
  impl_->cursor.want_orders();
  return impl_->add(impl_->orders, std::move(handler));
}

HandlerId Feed::on_portfolio(std::function<void(const PortfolioUpdate&)> handler) {
  impl_->cursor.want_portfolio();
  return impl_->add(impl_->portfolios, std::move(handler));
}

HandlerId Feed::on_status(std::function<void(const FeedStatus&)> handler) {
  impl_->cursor.want_status();
  return impl_->add(impl_->statuses, std::move(handler));
}

HandlerId Feed::on_gap(std::function<void(const FeedGap&)> handler) {
  return impl_->add(impl_->gaps, std::move(handler));
}

bool Feed::remove(HandlerId id) { return impl_->remove(id); }

void Feed::on_error(std::function<void(std::exception_ptr)> handler) {
  impl_->on_error = std::move(handler);
}

std::size_t Feed::poll(std::size_t max) { return impl_->dispatch(false, max); }

WaitResult Feed::wait(std::chrono::nanoseconds timeout) noexcept {
  return impl_->wait(timeout.count());
}

void Feed::set_idle_strategy(IdleStrategy strategy) noexcept {
  impl_->cursor.set_idle_strategy(strategy);
}

FeedEnd Feed::run() { return impl_->run(true); }
void Feed::run_forever() { impl_->run(false); }
void Feed::stop() noexcept { impl_->cursor.stop(); }
std::uint64_t Feed::missed() const noexcept { return impl_->cursor.missed(); }
const std::string& Feed::segment() const noexcept { return impl_->cursor.attachment().name(); }

}  // namespace tickcache
