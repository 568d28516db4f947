// Waits for the segment in a thread of its own, and calls the loop.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <semaphore>
#include <string>
#include <thread>

#include "tickcache/tickcache.hpp"

namespace tickcache::bridges {

/// After a call, the thread waits until something was published, at most 250 ms, and calls again.
/// A call that took the processor long, for many clients, is followed by a pause of several times
/// as long: then several ticks leave in one write, whose cost hardly depends on their number
/// (bench/run, "relay").
class Waker {
 public:
  static constexpr std::chrono::microseconds kLongestPause{3000};

  /// `call` runs on the loop. Throws as Reader does.
  Waker(boost::asio::io_context& io, const std::string& segment, std::function<void()> call);
  ~Waker();  ///< waits for the thread
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  void start();

  /// Whether ticks end the wait; otherwise only orders, candles and the daemon's state.
  void set_ticks(bool are_wanted) noexcept {
    ticks_.store(are_wanted, std::memory_order_relaxed);  // a wait under way is not cut short
  }

 private:
  void run();
  void call();

  boost::asio::io_context& io_;
  Reader reader_;
  std::function<void()> call_;
  boost::asio::steady_timer pause_;
  std::atomic<bool> ticks_ = false;
  std::atomic<bool> stopped_ = false;
  std::counting_semaphore<2> called_{0};  ///< the call's, and the destructor's
  std::thread thread_;
};

}  // namespace tickcache::bridges
