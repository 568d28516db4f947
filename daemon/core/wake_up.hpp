// Decides when to wake the segment's readers: once for all messages that arrived together.
#pragma once

#include "daemon/core/timing.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache::daemon {

/// Wakes readers when the input is drained, or kLongest after the first record stored since the
/// last wake-up, whichever is first. Belongs to the loop's thread.
class WakeUp {
 public:
  static constexpr Time kLongest = std::chrono::microseconds(50);

  /// `writer` must outlive it.
  explicit WakeUp(CacheWriter& writer) : writer_(writer) {}

  /// Call this after each message, and drained() when there are no more.
  void stored(Time now) noexcept {
    if (!writer_.dirty()) return;
    if (!waiting_) {
      waiting_ = true;
      first_ = now;
    } else if (now - first_ >= kLongest) {
      drained();
    }
  }

  /// Wakes the readers for everything stored.
  void drained() noexcept {
    waiting_ = false;
    writer_.flush();
  }

 private:
  CacheWriter& writer_;
  bool waiting_ = false;  ///< readers may be waiting for the record stored at first_
  Time first_{};
};

}  // namespace tickcache::daemon
