// The daemon's event loop.
#pragma once

#include <boost/asio/io_context.hpp>

namespace tickcache::daemon {

/// For one thread. Its constructor makes sure that timers work: Asio does not check whether the
/// kernel accepted their descriptor, and without timers the daemon could neither send heartbeats
/// nor stop.
class EventLoop : public boost::asio::io_context {
 public:
  /// Throws std::runtime_error if no timer fires within a few seconds.
  EventLoop();
};

}  // namespace tickcache::daemon
