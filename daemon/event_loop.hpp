// The loop that everything of the daemon runs on.
#pragma once

#include <boost/asio/io_context.hpp>

namespace tickcache::daemon {

/// For one thread. Its timers run and it hears signals, or there is none: Asio does not look
/// whether the kernel has taken the descriptors that both come by, and without them the daemon
/// would neither beat nor end.
class EventLoop : public boost::asio::io_context {
 public:
  /// Throws std::runtime_error if the kernel has not taken them, after a few seconds.
  EventLoop();
};

}  // namespace tickcache::daemon
