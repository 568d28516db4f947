// SIGTERM and SIGINT, in whatever state tickcached is.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

// Two seconds; five times that for a machine that is busy with other things.
constexpr auto kStopWithin = 5 * 2s;

/// A loopback port: with `listens`, one where connections are taken and never answered, otherwise
/// one where they are refused, and which nobody else can have meanwhile.
class Port {
 public:
  explicit Port(bool listens) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* address = reinterpret_cast<sockaddr*>(&address_);
    REQUIRE(bind(fd_, address, size) == 0);
    REQUIRE(getsockname(fd_, address, &size) == 0);
    if (listens) REQUIRE(listen(fd_, 8) == 0);
  }
  ~Port() { close(fd_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] std::string url() const {
    return "ws://127.0.0.1:" + std::to_string(ntohs(address_.sin_port));
  }

 private:
  int fd_;
  sockaddr_in address_{};
};

void check_stops(Program& daemon, Reader& reader, int signal) {
  daemon.signal(signal);
  CHECK(daemon.wait(kStopWithin) == 0);
  CHECK(status_of(reader)->run_state == RunState::stopped);
  CHECK(status_of(reader)->reason == Reason::stopped);
  CHECK(has(daemon.err(), signal == SIGTERM ? "SIGTERM" : "SIGINT"));
}

TEST_CASE("SIGTERM and SIGINT while data flows: a closing handshake and exit code 0") {
  sim::Options options;
  options.rate = 10'000;
  sim::Exchange exchange(options);
  exchange.start();
  for (const int signal : {SIGTERM, SIGINT}) {
    Installation here;
    Reader reader = here.reader();
    const auto daemon = here.start(everything_from(exchange));
    INFO("tickcached: ", daemon->err());
    REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
    check_stops(*daemon, reader, signal);
    CHECK(reader.ticker("BTCUSDT").has_value);
    CHECK(exchange.wait_for([](const sim::Counts& sent) { return sent.connections == 0; },
                            kPatience));
  }
}

TEST_CASE("SIGTERM while the exchange does not answer the upgrade: exit code 0") {
  const Port silent(true);
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start({"--url", silent.url()});
  INFO("tickcached: ", daemon->err());
  REQUIRE(
      soon([&] { return status_of(reader)->connections[0].state == ConnectionState::connecting; }));
  check_stops(*daemon, reader, SIGTERM);
}

TEST_CASE("SIGTERM while waiting for the next attempt: exit code 0") {
  const Port closed(false);
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start({"--url", closed.url(), "--backoff-min", "60"});
  INFO("tickcached: ", daemon->err());
  REQUIRE(
      soon([&] { return status_of(reader)->connections[0].state == ConnectionState::waiting; }));
  CHECK(status_of(reader)->feed == Freshness::stale);
  CHECK(counter_of(reader, Counter::failures) == 1);
  check_stops(*daemon, reader, SIGTERM);
}

}  // namespace
}  // namespace tickcache::test
