// SIGHUP with a broken file, then SIGTERM, in whatever state the process is.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "daemon/config/config_fixture.hpp"
#include "support/private_shm.hpp"
#include "tests/faults/hostile.hpp"
#include "tests/faults/running_daemon.hpp"
#include "tests/faults/tickcached.hpp"

using namespace tickcache;
using namespace tickcache::faults;
using namespace std::chrono_literals;

namespace {

/// tickcached with a configuration file that a test spoils, once it is in the state to be tested.
class Signalled {
 public:
  explicit Signalled(const std::string& url, std::vector<std::string> arguments = {})
      : file_(directory_.write("tickcached.conf", "symbols = all\n")),
        tickcached_(url, with_file(std::move(arguments))) {}

  [[nodiscard]] Status status() { return tickcached_.status(); }
  [[nodiscard]] bool is(ConnectionState state) { return status().connections[0].state == state; }

  /// The file's errors are told and change nothing; the end is quick and says so to readers.
  void check_signals() {
    INFO("tickcached: ", tickcached_.program.err());
    const bool was_up = is(ConnectionState::up);
    std::ofstream(file_) << "symbols = all\ntapes = 1\nidle-timeout = soon\n";
    tickcached_.program.signal(SIGHUP);
    CHECK(soon([&] { return logs("the old one stays in force"); }));
    CHECK(logs("tapes"));
    CHECK(logs("idle-timeout"));
    CHECK(tickcached_.status().run_state == RunState::running);
    CHECK(is(ConnectionState::up) == was_up);
    CHECK(tickcached_.program.stop() == 0);
    CHECK(tickcached_.status().run_state == RunState::stopped);
  }

 private:
  [[nodiscard]] bool logs(const std::string& text) const {
    return tickcached_.program.err().find(text) != std::string::npos;
  }
  [[nodiscard]] std::vector<std::string> with_file(std::vector<std::string> arguments) const {
    arguments.push_back("--config=" + file_);
    return arguments;
  }

  daemon::TemporaryDirectory directory_;
  std::string file_;
  Tickcached tickcached_;
};

std::string local(const char* scheme, std::uint16_t port, const char* address = "127.0.0.1") {
  return std::string(scheme) + "://" + address + ":" + std::to_string(port);
}

/// A network and an /etc/resolv.conf of this process's own (a child: it cannot be undone), whose
/// name server is the result: a socket that never answers. -1 if the system does not let it.
int enter_network_of_silence(const std::string& directory) {
  if (!test::mount_private_shm(16384) || unshare(CLONE_NEWNET) != 0) return -1;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq loopback{};
  loopback.ifr_name[0] = 'l';
  loopback.ifr_name[1] = 'o';
  loopback.ifr_flags = IFF_UP;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::ofstream(directory + "/resolv.conf") << "nameserver 127.0.0.1\noptions timeout:30\n";
  std::ofstream(directory + "/nsswitch.conf") << "hosts: dns\n";
  const auto mount_over = [&](const char* name) {
    const std::string target = std::string("/etc/") + name;
    return mount((directory + "/" + name).c_str(), target.c_str(), nullptr, MS_BIND, nullptr) == 0;
  };
  if (ioctl(fd, SIOCSIFFLAGS, &loopback) != 0 ||
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      !mount_over("resolv.conf") || !mount_over("nsswitch.conf")) {
    return -1;
  }
  return fd;
}

}  // namespace

TEST_CASE("fault 44: SIGTERM while the system's resolver waits for its name server") {
  const daemon::TemporaryDirectory directory;
  constexpr int kNotAllowed = 77;
  test::Child child([&] {
    const int server = enter_network_of_silence(directory.path("."));
    if (server < 0) return kNotAllowed;
    Tickcached tickcached("wss://exchange.test");
    char question[512];
    if (recv(server, question, sizeof question, 0) <= 0) return 1;
    if (tickcached.program.stop() != 0) return 2;
    return tickcached.status().run_state == RunState::stopped ? 0 : 4;
  });
  const int code = child.wait();
  if (code == kNotAllowed) {
    MESSAGE("no network of one's own here");
    return;
  }
  CHECK(code == 0);
}

TEST_CASE("fault 44: SIGHUP and SIGTERM while the exchange's address does not answer") {
  BlackHole hole("127.0.0.2");
  Signalled daemon(local("ws", hole.port(), "127.0.0.2"));
  REQUIRE(soon([&] { return daemon.is(ConnectionState::connecting); }));
  daemon.check_signals();
}

TEST_CASE("fault 44: SIGHUP and SIGTERM at each step of a connection") {
  struct Step {
    std::string what;
    const char* scheme;
    std::function<void(Peer&)> reach;
    ConnectionState state;
  };
  const Step steps[] = {
      {"the TLS handshake", "wss", [](Peer&) {}, ConnectionState::connecting},
      {"the upgrade", "ws", [](Peer& peer) { peer.read_request(); }, ConnectionState::connecting},
      {"subscribing", "ws",
       [](Peer& peer) {
         peer.accept();
         peer.read_frame();
       },
       ConnectionState::up},
      {"live", "ws",
       [](Peer& peer) {
         peer.accept();
         peer.acknowledge(1);
         peer.text(tick("BTCUSDT", "1"));
       },
       ConnectionState::up},
  };
  for (const Step& step : steps) {
    CAPTURE(step.what);
    std::atomic<bool> reached{false};
    Hostile exchange({[&](Peer& peer) {
      step.reach(peer);
      reached = true;
      peer.hold();
    }});
    Signalled daemon(local(step.scheme, exchange.port()));
    REQUIRE(soon([&] { return reached && daemon.is(step.state); }));
    daemon.check_signals();
  }
}

TEST_CASE("fault 44: SIGHUP and SIGTERM while the next attempt is waited for") {
  const auto refuses = [](const char* response) {
    return [response](Peer& peer) {
      peer.read_request();
      peer.send(response);
    };
  };
  struct Wait {
    std::string what;
    std::vector<Script> scripts;
  };
  const Wait waits[] = {
      {"a connection that was lost", {[](Peer& peer) { peer.accept(), peer.cut(); }}},
      {"Retry-After",
       {refuses("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 60\r\n"
                "Content-Length: 0\r\n\r\n")}},
      {"the grace after a rejection",
       {[](Peer& peer) {
          peer.accept();
          peer.acknowledge(1);
          peer.text(tick("BTCUSDT", "1"));
          peer.pause(50ms);
        },
        refuses("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")}},
  };
  for (const Wait& wait : waits) {
    CAPTURE(wait.what);
    Hostile exchange(wait.scripts);
    // Every script has its turn, the next attempt is far away.
    const bool has_two = wait.scripts.size() == 2;
    Signalled daemon(local("ws", exchange.port()),
                     {has_two ? "--backoff-min=0.5" : "--backoff-min=60", "--backoff-max=60"});
    REQUIRE(soon([&] {
      const Status status = daemon.status();
      return daemon.is(ConnectionState::waiting) &&
             status.counter(Counter::drops) + status.counter(Counter::failures) >=
                 wait.scripts.size();
    }));
    daemon.check_signals();
  }
}

TEST_CASE("fault 44: SIGTERM once the key was rejected changes nothing about the end") {
  Hostile exchange({[](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  }});
  Tickcached tickcached(local("ws", exchange.port()));
  REQUIRE(soon([&] { return tickcached.status().run_state == RunState::auth_failed; }));
  CHECK(tickcached.program.stop() == 77);
  CHECK(tickcached.status().run_state == RunState::auth_failed);
}

TEST_CASE("fault 44: SIGTERM at any moment of the start") {
  Hostile exchange({good_session()});
  // Ever later: as many looks at the segment as the number says.
  for (int looks = 0; looks < 2000; looks = 2 * looks + 1) {
    CAPTURE(looks);
    Tickcached tickcached(local("ws", exchange.port()));
    const std::string running = "/proc/" + std::to_string(tickcached.program.pid()) + "/exe";
    REQUIRE(soon([&] { return std::filesystem::equivalent(running, TICKCACHED); }));
    for (int i = 0; i < looks; ++i) static_cast<void>(tickcached.status());
    const auto exit_code = tickcached.program.stop();
    CHECK((exit_code == 0 || exit_code == -SIGTERM));  // the latter before there is a segment
    CHECK(tickcached.status().run_state != RunState::running);
  }
}

TEST_CASE("fault 44: SIGTERM while the name cannot be published again") {
  constexpr int kNotAllowed = 77;
  Hostile exchange({good_session()});
  test::Child child([&] {
    if (!test::mount_private_shm(16384)) return kNotAllowed;
    Tickcached tickcached(local("ws", exchange.port()));
    if (!soon([&] { return tickcached.is_live(); })) return 1;
    std::ofstream rest("/dev/shm/rest");
    while (rest << std::string(4096, 'x') << std::flush) continue;
    if (unlink(tickcached.segment.path().c_str()) != 0) return 2;
    if (!soon([&] { return tickcached.program.err().find("cannot reserve") != std::string::npos; }))
      return 3;
    if (!tickcached.is_live()) return 4;
    return tickcached.program.stop().value_or(5);
  });
  const int code = child.wait();
  if (code == kNotAllowed) {
    MESSAGE("no /dev/shm of one's own may be mounted here");
    return;
  }
  CHECK(code == 0);
}
