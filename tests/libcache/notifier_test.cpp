// Notifier: what makes its descriptor readable, and whose the signals are.
#include "tickcache/notifier.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <thread>

#include "tests/libcache/feed_rig.hpp"
#include "tests/libcache/wakes.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;
using std::chrono::milliseconds;

bool is_readable(int fd, milliseconds patience) {
  pollfd one{fd, POLLIN, 0};
  return poll(&one, 1, static_cast<int>(patience.count())) == 1;
}

std::set<int> threads() {
  std::set<int> tids;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    tids.insert(std::stoi(task.path().filename()));
  }
  return tids;
}

/// A notifier whose wake-ups are counted.
class CountedNotifier {
 public:
  explicit CountedNotifier(const std::string& segment, Topics topics = Notifier::kEverything)
      : others_(threads()), notifier_(segment, topics) {
    for (const int tid : threads()) {
      if (!others_.contains(tid)) tid_ = tid;
    }
    notifier_.clear();
  }

  [[nodiscard]] Notifier& notifier() { return notifier_; }
  /// So far, one for each time that the descriptor was made readable.
  [[nodiscard]] std::uint64_t wakes() {
    eventfd_t more = 0;
    if (eventfd_read(notifier_.fd(), &more) == 0) wakes_ += more;
    return wakes_;
  }
  [[nodiscard]] bool asleep() const { return falls_asleep(tid_); }

 private:
  std::set<int> others_;
  Notifier notifier_;
  int tid_ = 0;
  std::uint64_t wakes_ = 0;
};

/// A daemon, and what publishes its records one by one.
struct Publications {
  void publish(void (Daemon::*store)(std::uint64_t)) {
    (daemon.*store)(++n);
    daemon.flush();
  }
  void order() { publish(&Daemon::order); }
  void portfolio() { publish(&Daemon::portfolio); }
  void tick() {
    daemon.tick("BTCUSDT", ++n);
    daemon.flush();
  }
  void candle() {
    daemon.candle("BTCUSDT", ++n);
    daemon.flush();
  }
  void connection() {
    daemon.writer->set_connection(1, ConnectionState::connecting, boot_now());
    daemon.flush();
  }

  Daemon daemon;
  std::uint64_t n = 0;
};

// What SIGUSR1 did to this program.
std::atomic<int> handled{0};

}  // namespace

TEST_CASE("notifier: the descriptor is readable at first, and until it is cleared") {
  const Daemon daemon;
  Notifier notifier(daemon.name.str());
  CHECK(is_readable(notifier.fd(), milliseconds(0)));
  CHECK(is_readable(notifier.fd(), milliseconds(0)));
  CHECK(soon([&] {  // not by the first call if time makes it readable just then
    notifier.clear();
    return !is_readable(notifier.fd(), milliseconds(0));
  }));
}

TEST_CASE("notifier: whatever is published makes the descriptor readable") {
  Publications at;
  CountedNotifier counted(at.daemon.name.str());
  CHECK(wakes_of(counted, [&] { at.tick(); }) > kMost);
  CHECK(wakes_of(counted, [&] { at.order(); }) > kMost);
  CHECK(wakes_of(counted, [&] { at.portfolio(); }) > kMost);
  CHECK(wakes_of(counted, [&] { at.candle(); }) > kMost);
  CHECK(wakes_of(counted, [&] { at.connection(); }) > kMost);
}

TEST_CASE("notifier: its thread sleeps through topics that it was not asked for") {
  Publications at;
  CountedNotifier counted(at.daemon.name.str(), Topics::orders());
  CHECK(wakes_of(counted, [&] { at.tick(); }) < kFew);
  CHECK(wakes_of(counted, [&] { at.portfolio(); }) < kFew);
  CHECK(wakes_of(counted, [&] { at.candle(); }) < kFew);
  CHECK(wakes_of(counted, [&] { at.order(); }) > kMost);
  CHECK(wakes_of(counted, [&] { at.connection(); }) > kMost);
}

TEST_CASE("notifier: while nothing is published, only time makes the descriptor readable") {
  const Daemon daemon;
  const std::int64_t begin = boot_now();
  CountedNotifier counted(daemon.name.str());
  std::uint64_t wakes = 0;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(is_readable(counted.notifier().fd(), kPatience));
    wakes = counted.wakes();
  }
  CHECK(wakes <= static_cast<std::uint64_t>((boot_now() - begin) / kLook) + 1);
}

TEST_CASE("notifier: signals are left to the program's threads") {
  Publications at;
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { ++handled; };
  REQUIRE(sigaction(SIGUSR1, &action, &before) == 0);
  sigset_t mask;
  sigset_t mask_after;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  Notifier notifier(at.daemon.name.str());
  sigset_t usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &usr1, &mask_after);
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    CAPTURE(signal);
    CHECK(sigismember(&mask_after, signal) == sigismember(&mask, signal));
  }
  CHECK(kill(getpid(), SIGUSR1) == 0);
  // A thread that takes signals handles this one before it makes the descriptor readable twice.
  for (int i = 0; i < 2; ++i) {
    notifier.clear();
    at.order();
    CHECK(is_readable(notifier.fd(), kPatience));
  }
  CHECK(handled.load() == 0);
  const timespec now{};
  CHECK(sigtimedwait(&usr1, nullptr, &now) == SIGUSR1);
  pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  sigaction(SIGUSR1, &before, nullptr);
}
