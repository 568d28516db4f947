// When to wake those who wait for the segment: once for everything that came together.
#pragma once

#include "daemon/core/timing.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

/// Wakes when the input is drained, or kLongest after the first record that nobody was woken for,
/// whichever is first. Belongs to the loop's thread.
class WakeUp {
 public:
  static constexpr Time kLongest = std::chrono::microseconds(50);

  /// `writer` outlives it.
  explicit WakeUp(CacheWriter& writer) : writer_(writer) {}

  /// To be called after each message; drained() is to follow when there are no more.
  void stored(Time now) noexcept {
    if (!writer_.dirty()) return;
    if (!waiting_) {
      waiting_ = true;
      first_ = now;
    } else if (now - first_ >= kLongest) {
      drained();
    }
  }

  /// Wakes for whatever is stored.
  void drained() noexcept {
    waiting_ = false;
    writer_.flush();
  }

 private:
  CacheWriter& writer_;
  bool waiting_ = false;  ///< somebody may wait for what was stored at first_
  Time first_{};
};

}  // namespace tickcache::daemon
