#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sim/options.hpp"

namespace tickcache::sim {

// One tick on its way from the trade to the subscribers.
struct WireTick {
  std::string symbol;
  std::uint64_t sequence = 0;  // of a generated tick, else 0
  std::string price;
  std::string text;  // the message
};

// What lies between a trade and the WebSocket: ticks leave in the order they were traded, later
// than they were, or never. Time is a parameter. Belongs to one thread at a time.
class Wire {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Wire(const Options& options);

  // Every tick from now on leaves this much later; 0: those that wait are due at once.
  void delay(std::chrono::milliseconds by);
  // Holds every tick back; when that ends, they fall due one after the other within 2 s.
  void retain(bool on, Time now);
  // Loses every tick, or those of one symbol.
  void lose(bool on) noexcept { loses_all_ = on; }
  void lose(std::string_view symbol, bool on);

  bool loses(std::string_view symbol) const {
    return loses_all_ || (!lost_symbols_.empty() && lost_symbols_.count(symbol) > 0);
  }
  // A tick that is made now may leave now.
  bool is_open() const noexcept {
    return waiting_.empty() && !retains_ && delay_.count() == 0 && lead_.most.count() == 0;
  }
  void push(WireTick tick, Time now);
  std::size_t waiting() const noexcept { return waiting_.size(); }
  bool is_due(Time now) const { return !waiting_.empty() && waiting_.front().due <= now; }
  // Requires is_due().
  WireTick take() {
    WireTick tick = std::move(waiting_.front().tick);
    waiting_.pop_front();
    return tick;
  }

 private:
  static constexpr Time kNever = Time::max();

  struct Waiting {
    Time due;
    WireTick tick;
  };

  Time flush_after(Time now);

  Lead lead_;
  std::chrono::milliseconds delay_;
  bool retains_ = false;
  bool loses_all_ = false;
  std::set<std::string, std::less<>> lost_symbols_;
  std::deque<Waiting> waiting_;
  Time last_due_ = Time::min();
  Time next_flush_ = Time::min();
  Time traded_until_ = Time::min();  // what is traded by then leaves with the next flush
};

}  // namespace tickcache::sim
