// What a service manager is told, and that it is never waited for.
#include "daemon/notifier.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "support/notify_socket.hpp"
#include "tests/daemon/config/config_fixture.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;
using test::NotifySocket;
using Messages = std::vector<std::string>;

std::string abstract_name(const char* test) {
  return "@tickcache-test-" + std::to_string(getpid()) + "-" + test;
}

TEST_CASE("notify: a path and an abstract name") {
  const TemporaryDirectory directory;
  for (const std::string& name : {directory.path("notify"), abstract_name("both")}) {
    NotifySocket manager(name);
    Notifier notifier(name, Time(0));
    CHECK(notifier.listens());
    notifier.ready();
    notifier.stopping("because\nof this");
    CHECK(manager.messages() == Messages{"READY=1", "STOPPING=1\nSTATUS=because of this"});
  }
}

TEST_CASE("notify: nobody there, nobody to tell") {
  const TemporaryDirectory directory;
  Notifier nobody("", 1s);
  CHECK_FALSE(nobody.listens());
  CHECK_FALSE(nobody.wants_status(1000s));
  for (const char* name : {"vsock:2:1234", "relative"}) CHECK_FALSE(Notifier(name, 1s).listens());
  CHECK_FALSE(Notifier("/" + std::string(200, 'x'), 1s).listens());
  // A name that nothing is bound to: said into the wind.
  Notifier gone(directory.path("gone"), 1s);
  gone.ready();
  gone.status("live", 1000s);
  gone.beat(1000s);
}

TEST_CASE("notify: reloading carries the time, and ready follows") {
  NotifySocket manager(abstract_name("reload"));
  Notifier notifier(manager.name(), Time(0));
  timespec before{};
  clock_gettime(CLOCK_MONOTONIC, &before);
  notifier.reloading();
  notifier.ready();
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
  Notifier notifier(manager.name(), Time(0));
  CHECK(notifier.wants_status(1000s));
  notifier.status("connecting", 1000s);
  CHECK_FALSE(notifier.wants_status(1000s + 999ms));
  CHECK(notifier.wants_status(1001s));
  notifier.status("connecting", 1001s);
  CHECK_FALSE(notifier.wants_status(1001s + 500ms));
  notifier.status("live", 1002s);
  CHECK(manager.messages() == Messages{"STATUS=connecting", "STATUS=live"});
}

TEST_CASE("notify: the watchdog is fed at half of its interval") {
  NotifySocket manager(abstract_name("watchdog"));
  Notifier notifier(manager.name(), 2s);
  for (Time now = 1000s; now < 1010s; now += 100ms) notifier.beat(now);
  CHECK(manager.messages() == Messages(10, "WATCHDOG=1"));
  manager.forget();
  Notifier without(manager.name(), Time(0));
  for (Time now = 1000s; now < 1010s; now += 100ms) without.beat(now);
  CHECK(manager.messages().empty());
}

TEST_CASE("notify: a service manager that does not read is not waited for") {
  NotifySocket manager(abstract_name("full"));
  Notifier notifier(manager.name(), 200ms);
  Time now = 1000s;
  for (int i = 0; i < 5000; ++i) {
    now += 1s;
    notifier.status("status " + std::to_string(i), now);
    notifier.beat(now);
  }
  // No room for these. They are kept, in their order, until it reads again.
  notifier.reloading();
  notifier.ready();
  CHECK(manager.count("READY=1") == 0);
  CHECK(manager.messages().size() < 5000);
  manager.forget();
  notifier.beat(now + 1ms);
  REQUIRE(manager.messages().size() == 3);
  CHECK(manager.messages()[0].starts_with("RELOADING=1"));
  CHECK(manager.messages()[1] == "READY=1");
  CHECK(manager.messages()[2] == "WATCHDOG=1");
  notifier.status("status 4999", now + 1s);
  CHECK(manager.status() == "status 4999");
}

TEST_CASE("notify: from the environment") {
  NotifySocket manager(abstract_name("environment"));
  ::setenv("NOTIFY_SOCKET", manager.name().c_str(), 1);
  ::setenv("WATCHDOG_USEC", "4000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  Notifier watched;
  ::setenv("WATCHDOG_PID", std::to_string(getpid() + 1).c_str(), 1);
  Notifier for_another;
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  CHECK_FALSE(Notifier().listens());
  watched.beat(1000s);
  watched.beat(1001s);
  watched.beat(1002s);
  for_another.beat(1000s);
  CHECK(manager.messages() == Messages(2, "WATCHDOG=1"));
}

}  // namespace
}  // namespace tickcache::daemon
