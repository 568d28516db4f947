#include "sim/exchange.hpp"

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>

#include "sim/engine.hpp"
#include "sim/json_text.hpp"

namespace tickcache::sim {
namespace {

namespace asio = boost::asio;

Options checked(Options options) {
  std::string all;
  for (const std::string& problem : problems(options)) all += (all.empty() ? "" : "; ") + problem;
  if (!all.empty()) throw std::invalid_argument(all);
  return options;
}

}  // namespace

// The engine, the thread it runs on, and the way from other threads to it.
class Exchange::Thread {
 public:
  explicit Thread(Options options) : engine_(io_, checked(std::move(options))) {
    engine_.on_change = [this] { wake_waiters(); };
  }

  void start() {
    const std::lock_guard lock(mutex_);
    if (started_) throw std::logic_error("an Exchange is started once");
    engine_.open();
    port_ = engine_.port();
    started_ = true;
    thread_ = std::thread([this] { io_.run(); });
  }

  void stop() {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
      engine_.shutdown();
      give_up_waiting();
      work_.reset();  // run() returns when the last handler has
    });
    thread_.join();
  }

  // Runs f on the engine's thread and returns what it returned, or throws what it threw. Without a
  // thread (before the start, after the stop) runs it here: nobody else can be in the engine then.
  template <typename F>
  auto call(F f) {
    using Result = std::invoke_result_t<F, Engine&>;
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) return f(engine_);
    auto task = std::make_shared<std::packaged_task<Result()>>([this, &f] { return f(engine_); });
    auto result = task->get_future();
    asio::post(io_, [task] { (*task)(); });
    return result.get();
  }

  bool wait_for(const std::function<bool(const Counts&)>& predicate,
                std::chrono::milliseconds limit) {
    // Shared: the thread that fulfils it may still be in set_value() when this one has its answer.
    const auto promise = std::make_shared<std::promise<bool>>();
    std::future<bool> holds = promise->get_future();
    std::list<Waiter>::iterator waiter;
    bool waits = false;
    call([&](Engine& engine) {
      if (predicate(engine.ledger().counts())) {
        promise->set_value(true);
      } else if (!thread_.joinable()) {
        promise->set_value(false);
      } else {
        waiter = waiters_.insert(waiters_.end(), {&predicate, promise});
        waits = true;
      }
    });
    if (waits && holds.wait_for(limit) == std::future_status::timeout) {
      call([&](Engine&) {
        if (waiter->promise == nullptr) return;  // it came true at the last moment
        waiter->promise->set_value(false);
        waiter->promise.reset();
      });
    }
    const bool result = holds.get();
    if (waits) call([&](Engine&) { waiters_.erase(waiter); });
    return result;
  }

  std::uint16_t port() const { return port_; }
  const Engine& engine() const { return engine_; }

 private:
  struct Waiter {
    const std::function<bool(const Counts&)>* predicate;
    std::shared_ptr<std::promise<bool>> promise;  // null once fulfilled
  };

  void wake_waiters() {
    if (waiters_.empty()) return;
    const Counts counts = engine_.ledger().counts();
    for (Waiter& waiter : waiters_) {
      if (waiter.promise == nullptr || !(*waiter.predicate)(counts)) continue;
      std::exchange(waiter.promise, nullptr)->set_value(true);
    }
  }

  void give_up_waiting() {
    for (Waiter& waiter : waiters_) {
      if (waiter.promise != nullptr) std::exchange(waiter.promise, nullptr)->set_value(false);
    }
  }

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  Engine engine_;
  std::atomic<std::uint16_t> port_{0};
  std::list<Waiter> waiters_;  // touched on the engine's thread only, or without one

  std::mutex mutex_;  // one caller at a time
  bool started_ = false;
  std::thread thread_;
};

Exchange::Exchange(Options options) : thread_(std::make_unique<Thread>(std::move(options))) {}

Exchange::~Exchange() { stop(); }

void Exchange::start() { thread_->start(); }

void Exchange::stop() { thread_->stop(); }

std::uint16_t Exchange::port() const { return thread_->port(); }

std::string Exchange::url() const {
  const std::string& address = thread_->engine().address();
  const bool v6 = address.find(':') != address.npos;
  return "ws://" + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port());
}

const std::vector<std::string>& Exchange::symbols() const {
  return thread_->engine().market().symbols();
}

std::size_t Exchange::drop_all(bool reset) {
  return thread_->call([=](Engine& engine) { return engine.drop_all(reset); });
}

std::size_t Exchange::close_all(std::uint16_t code) {
  return thread_->call([=](Engine& engine) { return engine.close_all(code); });
}

void Exchange::pause_data(bool paused) {
  thread_->call([=](Engine& engine) { engine.pause_data(paused); });
}

void Exchange::stop_accepting() {
  thread_->call([](Engine& engine) { engine.stop_accepting(); });
}

void Exchange::accept_again() {
  thread_->call([](Engine& engine) { engine.accept_again(); });
}

void Exchange::reject_key(unsigned status) {
  thread_->call([=](Engine& engine) { engine.reject_key(status); });
}

std::size_t Exchange::send_tick(std::string_view symbol, std::string_view price,
                                std::string_view quantity) {
  return thread_->call([=](Engine& engine) { return engine.send_tick(symbol, price, quantity); });
}

std::size_t Exchange::send_order(const OrderUpdate& update) {
  return thread_->call([&](Engine& engine) { return engine.send_order(update); });
}

std::size_t Exchange::send_raw(std::string_view text) {
  return thread_->call([=](Engine& engine) { return engine.send_raw(text); });
}

void Exchange::delay_feed(std::chrono::milliseconds by) {
  thread_->call([=](Engine& engine) { engine.delay_feed(by); });
}

void Exchange::retain(bool on) {
  thread_->call([=](Engine& engine) { engine.retain(on); });
}

void Exchange::lose(bool on) {
  thread_->call([=](Engine& engine) { engine.lose(on); });
}

void Exchange::lose_symbol(std::string_view symbol, bool on) {
  thread_->call([=](Engine& engine) { engine.lose_symbol(symbol, on); });
}

void Exchange::step_clock(std::chrono::milliseconds by) {
  thread_->call([=](Engine& engine) { engine.step_clock(by); });
}

void Exchange::begin_minute() {
  using namespace std::chrono_literals;
  step_clock(65s - std::chrono::milliseconds(wall_clock()) % 60s);
}

void Exchange::timestamps(bool on) {
  thread_->call([=](Engine& engine) { engine.timestamps(on); });
}

void Exchange::rest(RestMode mode) {
  thread_->call([=](Engine& engine) { engine.rest(mode); });
}

void Exchange::delay_rest(std::chrono::milliseconds by) {
  thread_->call([=](Engine& engine) { engine.delay_rest(by); });
}

void Exchange::account(AccountState state) {
  thread_->call([=](Engine& engine) { engine.account(state); });
}

void Exchange::spend_trade_requests(std::uint64_t count) {
  thread_->call([=](Engine& engine) { engine.account_rest().spend(count); });
}

std::string Exchange::place_order(const NewOrder& order, Tell tell) {
  return thread_->call([&](Engine& engine) { return engine.orders().place(order, tell); });
}

bool Exchange::fill_order(std::string_view id, std::string_view price, std::string_view quantity,
                          Tell tell) {
  return thread_->call(
      [=](Engine& engine) { return engine.orders().fill(id, price, quantity, tell); });
}

bool Exchange::cancel_order(std::string_view id, Tell tell) {
  return thread_->call([=](Engine& engine) { return engine.orders().cancel(id, tell); });
}

bool Exchange::reject_order(std::string_view id, std::string_view reason, Tell tell) {
  return thread_->call([=](Engine& engine) { return engine.orders().reject(id, reason, tell); });
}

bool Exchange::expire_order(std::string_view id, Tell tell) {
  return thread_->call([=](Engine& engine) { return engine.orders().expire(id, tell); });
}

std::vector<Trade> Exchange::trades(std::string_view symbol, std::size_t most) const {
  return thread_->call([=](Engine& engine) { return engine.trades().recent(symbol, most); });
}

std::vector<LastTrade> Exchange::last_trades() const {
  return thread_->call([](Engine& engine) { return engine.trades().all_last(); });
}

Counts Exchange::counts() const {
  return thread_->call([](Engine& engine) { return engine.ledger().counts(); });
}

SymbolSent Exchange::last_sent(std::string_view symbol) const {
  return thread_->call([=](Engine& engine) { return engine.ledger().last_sent(symbol); });
}

std::vector<std::string> Exchange::recent_orders(std::size_t most) const {
  return thread_->call([=](Engine& engine) { return engine.ledger().recent_orders(most); });
}

std::string Exchange::summary_json() const {
  return thread_->call([](Engine& engine) { return engine.ledger().summary(); });
}

bool Exchange::wait_for(const std::function<bool(const Counts&)>& predicate,
                        std::chrono::milliseconds limit) const {
  return thread_->wait_for(predicate, limit);
}

}  // namespace tickcache::sim
