// Notifier: a file descriptor that becomes readable when there may be events, for programs that
// wait in epoll, poll, asio or another event loop. Not included by tickcache.hpp.
//
//   tickcache::Feed feed;
//   tickcache::Notifier notifier(feed.segment());
//   … add notifier.fd() to the loop, for reading; then, whenever it is readable:
//   notifier.clear();
//   const bool more = feed.poll() > 0;
// If there may be more, the loop's next turn polls again without waiting.
#pragma once

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <thread>

#include "tickcache/tickcache.hpp"

namespace tickcache {

/// Waits for a segment in a thread of its own, to which no signal is delivered. The descriptor is
/// readable at the beginning, whenever something of the topics was published since clear(), and
/// every 250 ms, so that the loop also delivers what time alone brings: silence, a lost heartbeat,
/// the next run of the daemon. While ticks flow, the thread costs two system calls for each batch
/// of them.
class Notifier {
 public:
  /// Every topic of Reader::wait().
  static constexpr Topics kEverything =
      Topics::ticks() | Topics::orders() | Topics::portfolio() | Topics::candles();

  /// Opens `segment` as Reader does, and throws as it does; std::system_error if there is no
  /// descriptor or no thread.
  explicit Notifier(std::string_view segment = {}, Topics topics = kEverything)
      : reader_(segment), descriptor_(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (descriptor_.fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);  // the thread inherits it
    try {
      // Of now: what is published before the thread runs must wake it.
      const std::uint32_t seen = reader_.wake_word();
      thread_ = std::thread([this, topics, seen] { run(topics, seen); });
    } catch (...) {
      pthread_sigmask(SIG_SETMASK, &before, nullptr);
      throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  ~Notifier() {
    reader_.stop();
    thread_.join();
  }
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  /// The descriptor, to wait for and not to close; it is non-blocking. Level-triggered: readable
  /// until clear().
  [[nodiscard]] int fd() const noexcept { return descriptor_.fd; }

  /// Makes the descriptor unreadable. Call it before the feed is polled, then poll until nothing is
  /// pending; a turn of the loop between two polls lets the loop's other events through.
  void clear() noexcept {
    eventfd_t count = 0;
    eventfd_read(descriptor_.fd, &count);  // fails if it is clear already
  }

 private:
  struct Descriptor {
    explicit Descriptor(int number) noexcept : fd(number) {}
    ~Descriptor() {
      if (fd >= 0) close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int fd;
  };

  void run(Topics topics, std::uint32_t seen) noexcept {
    constexpr std::chrono::milliseconds kLongest{250};
    while (reader_.wait(seen, topics, kLongest) != WaitResult::stopped) {
      // Before the loop is told: what is published after it has looked ends the next wait.
      seen = reader_.wake_word();
      eventfd_write(descriptor_.fd, 1);
    }
  }

  Reader reader_;
  Descriptor descriptor_;
  std::thread thread_;
};

}  // namespace tickcache
