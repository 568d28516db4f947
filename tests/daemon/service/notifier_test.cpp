// What a service manager is told, and that it is never waited for.
#include "daemon/service/notifier.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "support/notify_socket.hpp"
#include "support/soon.hpp"
#include "tests/daemon/config/config_fixture.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;
using test::NotifySocket;
using Messages = std::vector<std::string>;

std::string abstract_name(const char* test) {
  return "@tickcache-test-" + std::to_string(getpid()) + "-" + test;
}

/// What systemd sets for a service.
class Environment {
 public:
  explicit Environment(const std::string& socket, const std::string& watchdog_microseconds = "",
                       pid_t watched = getpid()) {
    ::setenv("NOTIFY_SOCKET", socket.c_str(), 1);
    if (watchdog_microseconds.empty()) return;
    ::setenv("WATCHDOG_USEC", watchdog_microseconds.c_str(), 1);
    ::setenv("WATCHDOG_PID", std::to_string(watched).c_str(), 1);
  }
  ~Environment() {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

/// Calls beat() as the loop does, for ten seconds.
void beat(Notifier& notifier) {
  for (Time now = 1000s; now < 1010s; now += 100ms) {
    notifier.beat(now);
    REQUIRE(notifier.drain(test::kPatience));
  }
}

TEST_CASE("notify: a path and an abstract name") {
  const TemporaryDirectory directory;
  for (const std::string& name : {directory.path("notify"), abstract_name("both")}) {
    NotifySocket manager(name);
    const Environment environment(name);
    {
      Notifier notifier;
      CHECK(notifier.listens());
      notifier.ready();
      notifier.stopping("because");
    }  // has sent them
    CHECK(manager.messages() == Messages{"READY=1", "STOPPING=1\nSTATUS=because"});
  }
}

TEST_CASE("notify: nobody there, nobody to tell") {
  const TemporaryDirectory directory;
  {
    Notifier nobody;
    CHECK_FALSE(nobody.listens());
    CHECK_FALSE(nobody.wants_status(1000s));
    nobody.ready();
    nobody.status("live", 1000s);
    beat(nobody);
  }
  // Nothing is bound to these names, or they are none.
  for (const std::string& name : {directory.path("gone"), std::string("relative")}) {
    const Environment environment(name, "1000000");
    Notifier gone;
    gone.ready();
    gone.status("live", 1000s);
    beat(gone);
  }
}

TEST_CASE("notify: reloading carries the time, and ready follows") {
  NotifySocket manager(abstract_name("reload"));
  const Environment environment(manager.name());
  Notifier notifier;
  timespec before{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  notifier.reloading();
  notifier.ready();
  REQUIRE(notifier.drain(test::kPatience));
  const Messages& messages = manager.messages();
  REQUIRE(messages.size() == 2);
  const std::string beginning = "RELOADING=1\nMONOTONIC_USEC=";
  REQUIRE(messages[0].starts_with(beginning));
  const long long told = std::stoll(messages[0].substr(beginning.size()));
  CHECK(told >= before.tv_sec * 1'000'000LL + before.tv_nsec / 1000);
  CHECK(messages[1] == "READY=1");
}

TEST_CASE("notify: the status is sent when it changes, at most once a second") {
  NotifySocket manager(abstract_name("status"));
  const Environment environment(manager.name());
  Notifier notifier;
  CHECK(notifier.wants_status(1000s));
  notifier.status("connecting", 1000s);
  REQUIRE(notifier.drain(test::kPatience));
  CHECK_FALSE(notifier.wants_status(1000s + 999ms));
  CHECK(notifier.wants_status(1001s));
  notifier.status("connecting", 1001s);
  CHECK_FALSE(notifier.wants_status(1001s + 500ms));
  notifier.status("live", 1002s);
  REQUIRE(notifier.drain(test::kPatience));
  CHECK(manager.messages() == Messages{"STATUS=connecting", "STATUS=live"});
}

TEST_CASE("notify: a status that comes with a change of state is not dropped for it") {
  NotifySocket manager(abstract_name("first"));
  const Environment environment(manager.name());
  Notifier notifier;
  notifier.reloading();
  notifier.ready();
  REQUIRE(notifier.wants_status(1000s));
  notifier.status("connecting", 1000s);
  REQUIRE(notifier.drain(test::kPatience));
  CHECK(manager.status() == "connecting");
}

TEST_CASE("notify: the watchdog is fed by beats, at half of its interval") {
  NotifySocket manager(abstract_name("watchdog"));
  {
    const Environment environment(manager.name(), "2000000");
    Notifier watched;
    CHECK(watched.drain(test::kPatience));
    CHECK(manager.messages().empty());
    beat(watched);
    CHECK(manager.messages() == Messages(10, "WATCHDOG=1"));
  }
  manager.forget();
  {
    const Environment environment(manager.name());
    Notifier not_watched;
    beat(not_watched);
  }
  {
    const Environment environment(manager.name(), "2000000", getpid() + 1);
    Notifier another_is_watched;
    beat(another_is_watched);
  }
  CHECK(manager.messages().empty());
}

TEST_CASE("notify: a service manager that does not read is not waited for") {
  NotifySocket manager(abstract_name("full"));
  const Environment environment(manager.name(), "200000");
  Notifier notifier;
  Time now = 1000s;
  int statuses = 0;
  do {
    REQUIRE(++statuses < 5000);
    now += 1s;
    notifier.status("status " + std::to_string(statuses), now);
  } while (notifier.drain(1s));
  // There is room for none of these. The state waits, in order; the rest is dropped soon.
  notifier.reloading();
  notifier.ready();
  for (int i = 0; i < 100; ++i) {
    now += 1s;
    notifier.status("hanging for " + std::to_string(i) + " s", now);
    notifier.beat(now);
  }
  CHECK_FALSE(notifier.wants_status(now + 1s));
  notifier.stopping("at last");
  Messages messages;
  REQUIRE(test::soon([&] {
    messages = manager.messages();
    return notifier.drain(0ms);
  }));
  messages = manager.messages();
  REQUIRE(messages.size() == static_cast<std::size_t>(statuses) + 4);
  messages.erase(messages.begin(), messages.begin() + statuses);
  CHECK(messages[0].starts_with("RELOADING=1"));
  CHECK(messages[1] == "READY=1");
  CHECK(messages[2] == "STATUS=hanging for 0 s");
  CHECK(messages[3] == "STOPPING=1\nSTATUS=at last");
  // It reads again.
  manager.forget();
  notifier.beat(now);
  REQUIRE(notifier.drain(test::kPatience));
  notifier.status("live", now);
  REQUIRE(notifier.drain(test::kPatience));
  CHECK(manager.messages() == Messages{"WATCHDOG=1", "STATUS=live"});
}

}  // namespace
}  // namespace tickcache::daemon
