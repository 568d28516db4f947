#include "daemon/event_loop.hpp"

#include <pthread.h>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>

namespace tickcache::daemon {

namespace {

using boost::system::error_code;

/// Both are there at once, however busy the machine is.
constexpr auto kPatience = std::chrono::seconds(5);

/// A signal that the daemon does not use, and that does nothing if nobody handles it.
constexpr int kProbe = SIGURG;

void let_through(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

struct Seen {
  bool timer = false;
  bool signal = false;
};

}  // namespace

EventLoop::EventLoop() : io_context(1) {
  const auto seen = std::make_shared<Seen>();  // what is cancelled may be called later
  boost::asio::steady_timer timer(*this, std::chrono::seconds(0));
  timer.async_wait([seen](error_code error) { seen->timer = !error; });
  boost::asio::signal_set signals(*this, kProbe);
  signals.async_wait([seen](error_code error, int) { seen->signal = !error; });
  let_through(kProbe);
  std::raise(kProbe);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!(seen->timer && seen->signal) && run_one_until(deadline) > 0) continue;
  restart();
  error_code error;
  signals.clear(error);  // the destructor would not say so, and leave behind what it does not own
  if (seen->timer && seen->signal && !error) return;
  throw std::runtime_error(std::string("the event loop ") +
                           (seen->timer ? "hears no signals" : "has no timers") +
                           ": the system is out of memory, or of fs.epoll.max_user_watches");
}

}  // namespace tickcache::daemon
