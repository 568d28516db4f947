// The loop on which everything of the daemon runs.
#pragma once

#include <boost/asio/io_context.hpp>

namespace tickcache::daemon {

/// For one thread. Its timers run: Asio does not check whether the kernel has accepted the
/// descriptor that they depend on, and without them the daemon would neither beat nor end.
class EventLoop : public boost::asio::io_context {
 public:
  /// Throws std::runtime_error if no timer fires within a few seconds.
  EventLoop();
};

}  // namespace tickcache::daemon
