#include "daemon/core/event_loop.hpp"

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <stdexcept>

namespace tickcache::daemon {

EventLoop::EventLoop() : io_context(1) {
  boost::asio::steady_timer timer(*this, std::chrono::seconds(0));
  timer.async_wait([](const boost::system::error_code&) {});
  const bool fired = run_one_for(std::chrono::seconds(5)) == 1;  // at once, unless it never does
  restart();
  if (fired) return;
  throw std::runtime_error(
      "the event loop has no timers: the system is out of memory, or of fs.epoll.max_user_watches");
}

}  // namespace tickcache::daemon
