// Follows prices in a loop of its own, with epoll: `epoll BTCUSDT ETHUSDT` prints the present ones,
// then every tick, until SIGINT or SIGTERM.
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <tickcache/notifier.hpp>
#include <vector>

int main(int argc, char** argv) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  const int signals = signalfd(-1, &ends, SFD_CLOEXEC);

  tickcache::Feed feed;
  const std::vector<std::string_view> symbols(argv + 1, argv + argc);
  const auto print = [](const tickcache::Tick& tick) {
    std::cout << tick.symbol.view() << ' ' << tick.ticker.price().str()
              << (tick.present ? " at present" : "") << std::endl;
  };
  feed.on_ticker(symbols, print, tickcache::Delivery::every, tickcache::Begin::present);
  tickcache::Notifier notifier(feed.segment());

  const int loop = epoll_create1(EPOLL_CLOEXEC);
  for (const int fd : {notifier.fd(), signals}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) != 0) return 1;
  }
  bool more = false;  // there may be: the loop does not wait
  for (epoll_event event{}; event.data.fd != signals;) {
    if (epoll_wait(loop, &event, 1, more ? 0 : -1) == 1) notifier.clear();
    more = feed.poll() > 0;
  }
  close(loop);
  close(signals);
}
