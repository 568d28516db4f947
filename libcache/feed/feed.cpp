#include "tickcache/feed.hpp"

#include <limits>
#include <stdexcept>

#include "libcache/feed/feed_impl.hpp"
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

/// Calls the first `count` handlers, even if some throw. Handlers added meanwhile receive the next
/// event.
template <class Event>
void Feed::Impl::call(const Handlers<Event>& handlers, std::size_t count, const Event& event) {
  for (std::size_t i = 0; i < count; ++i) {
    try {
      handlers[i](event);
    } catch (...) {
      report(std::current_exception());
    }
  }
}

void Feed::Impl::deliver(const TickEvent& event) {
  const auto& [all, symbols] = ticks[static_cast<std::size_t>(event.delivery)];
  const auto number = static_cast<std::size_t>(event.symbol_number);
  const std::size_t of_symbol = number < symbols.size() ? symbols[number].size() : 0;
  if (event.for_all) call(all, event.tick);
  if (of_symbol == 0) return;
  Tick own = event.tick;
  own.missed = event.missed;
  call(symbols[number], of_symbol, own);
}

void Feed::Impl::deliver(const ClosedCandle& event) {
  call(candles[static_cast<std::size_t>(cursor.candle_number())], event);
}

std::size_t Feed::Impl::dispatch(bool until_stop) {
  if (dispatching) return 0;
  struct Busy {
    explicit Busy(bool& flag) : busy(flag) { busy = true; }
    ~Busy() { busy = false; }
    bool& busy;
  } const busy(dispatching);

  const std::uint64_t limit = cursor.backlog();
  std::size_t count = 0;
  while (count < limit && !(until_stop && cursor.stopped())) {
    const FeedCursor::Kind kind = cursor.next();
    if (kind == FeedCursor::Kind::none) break;
    ++count;
    cursor.visit(kind, [this](const auto& event) { deliver(event); });
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
  }
  return count;
}

FeedEnd Feed::Impl::run(bool until_end) {
  if (dispatching) return FeedEnd::stop;
  while (!cursor.stopped()) {
    if (dispatch(true) > 0) continue;
    if (const auto end = until_end ? cursor.ended() : std::nullopt) {
      while (dispatch(true) > 0) continue;  // events published after the empty dispatch() above
      if (!cursor.stopped()) return *end;
    } else {
      cursor.wait(std::numeric_limits<std::int64_t>::max());
    }
  }
  return FeedEnd::stop;
}

// --- Feed

Feed::Feed(std::string_view segment) : impl_(std::make_unique<Impl>(segment)) {}
Feed::~Feed() = default;
Feed::Feed(Feed&&) noexcept = default;
Feed& Feed::operator=(Feed&&) noexcept = default;

void Feed::on_ticker(std::string_view symbol, std::function<void(const Tick&)> handler,
                     Delivery delivery) {
  FeedCursor& cursor = impl_->cursor;
  auto& [all, symbols] = impl_->ticks[static_cast<std::size_t>(delivery)];
  if (is_all(symbol)) {
    cursor.want_all(delivery);
    return Impl::add(all, std::move(handler));
  }
  const auto number = static_cast<std::size_t>(cursor.want_symbol(valid_symbol(symbol), delivery));
  while (symbols.size() <= number) symbols.emplace_back();
  Impl::add(symbols[number], std::move(handler));
}

void Feed::on_candles(std::string_view symbol, std::string_view interval,
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
  Impl::add(candles[number], std::move(handler));
}

void Feed::on_order_update(std::function<void(const OrderUpdate&)> handler) {
  impl_->cursor.want_orders();
  Impl::add(impl_->orders, std::move(handler));
}

void Feed::on_portfolio(std::function<void(const PortfolioUpdate&)> handler) {
  impl_->cursor.want_portfolio();
  Impl::add(impl_->portfolios, std::move(handler));
}

void Feed::on_status(std::function<void(const FeedStatus&)> handler) {
  impl_->cursor.want_status();
  Impl::add(impl_->statuses, std::move(handler));
}

void Feed::on_gap(std::function<void(const FeedGap&)> handler) {
  Impl::add(impl_->gaps, std::move(handler));
}

void Feed::on_error(std::function<void(std::exception_ptr)> handler) {
  impl_->on_error = std::move(handler);
}

std::size_t Feed::poll() { return impl_->dispatch(false); }

WaitResult Feed::wait(std::chrono::nanoseconds timeout) noexcept {
  return impl_->cursor.wait(timeout.count());
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
