#include "sim/wire.hpp"

#include <algorithm>
#include <utility>

namespace tickcache::sim {
namespace {

constexpr std::chrono::milliseconds kReplayTime{2000};

}  // namespace

Wire::Wire(const Options& options)
    : lead_(options.rest_lead),
      delay_(options.feed_delay),
      lost_symbols_(options.lost_symbols.begin(), options.lost_symbols.end()) {}

void Wire::delay(std::chrono::milliseconds by) {
  delay_ = by;
  if (by.count() > 0) return;
  last_due_ = Time::min();
  for (Waiting& waiting : waiting_) {
    if (waiting.due != kNever) waiting.due = Time::min();
  }
}

void Wire::retain(bool on, Time now) {
  if (std::exchange(retains_, on) == on || on) return;
  const auto is_retained = [](const Waiting& waiting) { return waiting.due == kNever; };
  const auto first = std::find_if(waiting_.begin(), waiting_.end(), is_retained);
  const auto count = waiting_.end() - first;
  std::ptrdiff_t place = 0;
  for (auto waiting = first; waiting != waiting_.end(); ++waiting, ++place) {
    const Time due = now + std::chrono::nanoseconds(kReplayTime) * place / count;
    waiting->due = last_due_ = std::max(last_due_, due);
  }
}

void Wire::lose(std::string_view symbol, bool on) {
  if (on) {
    lost_symbols_.emplace(symbol);
  } else {
    lost_symbols_.erase(std::string(symbol));
  }
}

void Wire::push(WireTick tick, Time now) {
  Time due = kNever;
  if (!retains_) due = last_due_ = std::max(last_due_, flush_after(now) + delay_);
  waiting_.push_back({due, std::move(tick)});
}

// The platform's server collects ticks and sends them all at once.
Wire::Time Wire::flush_after(Time now) {
  if (now > traded_until_) {
    next_flush_ = now + lead_.most;
    traded_until_ = next_flush_ - lead_.least;
  }
  return next_flush_;
}

}  // namespace tickcache::sim
