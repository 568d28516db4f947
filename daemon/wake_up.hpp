// When to wake those who wait for the segment: once for everything that came together.
#pragma once

#include <boost/asio/io_context.hpp>

#include "daemon/upstream/timing.hpp"
#include "libcache/writer.hpp"

namespace tickcache::daemon {

/// Wakes when the input is drained, or kLongest after the first record that nobody was woken for,
/// whichever is first. Belongs to the loop's thread.
class WakeUp {
 public:
  static constexpr Time kLongest = std::chrono::microseconds(50);

  /// Both outlive it.
  WakeUp(boost::asio::io_context& io, CacheWriter& writer) : io_(io), writer_(writer) {}

  /// To be called after each message and whatever else may have stored something.
  void stored(Time now);

 private:
  void look(std::uint64_t messages_before);

  boost::asio::io_context& io_;
  CacheWriter& writer_;
  bool looking_ = false;
  Time first_{};
  std::uint64_t messages_ = 0;
};

}  // namespace tickcache::daemon
