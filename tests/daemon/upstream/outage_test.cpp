// What is told of an outage: its cause, its length, and how many attempts have failed.
#include <doctest/doctest.h>

#include "tests/daemon/upstream/upstream_rig.hpp"

namespace tickcache::daemon {
namespace {

Failure because(const std::string& detail) {
  Failure failure;
  failure.detail = detail;
  return failure;
}

TEST_CASE("an outage: its cause, when that changes, and how long it took are logged") {
  Rig rig{want_all()};
  rig.start();
  rig.open();
  CHECK(rig.logged("connection 0: open; asking for 3 channels", LogLevel::info) == 1);
  rig.pass(seconds{10});
  rig.close(1006);
  const Time lost = rig.now;
  rig.forget();
  const auto fail = [&](const std::string& detail) {
    wait_for_connect(rig);
    rig.fail(because(detail));
  };
  // The first attempt after the loss is not the second failure in a row.
  fail("Connection refused");
  CHECK(rig.logged("connection 0: cannot connect (Connection refused); next attempt in 2 s",
                   LogLevel::warning) == 1);
  fail("Connection refused");
  fail("Connection refused");
  CHECK(rig.logged("Connection refused", LogLevel::warning) == 1);
  fail("No route to host");
  CHECK(rig.logged("No route to host) (failure 4 in a row)", LogLevel::warning) == 1);
  fail("No route to host");
  fail("Connection refused");
  CHECK(rig.logged("Connection refused", LogLevel::warning) == 2);
  CHECK(rig.logged("", LogLevel::warning) == 3);
  wait_for_connect(rig);
  rig.open();
  const auto outage = std::chrono::duration_cast<seconds>(rig.now - lost).count();
  CHECK(rig.logged("connection 0: reconnected after " + std::to_string(outage) +
                       " s; asking for 3 channels",
                   LogLevel::info) == 1);
}

TEST_CASE("an outage of the same cause as the last one is told again") {
  Rig rig{want_all()};
  rig.start_open();
  for (int outage = 1; outage <= 2; ++outage) {
    rig.pass(seconds{10});
    rig.close(1006);
    wait_for_connect(rig);
    rig.fail(because("Connection refused"));
    CHECK(rig.logged("Connection refused", LogLevel::warning) == static_cast<unsigned>(outage));
    wait_for_connect(rig);
    rig.open();
  }
}

TEST_CASE("an outage from the start is over with the first session") {
  Rig rig{want_all()};
  rig.start();
  rig.now += milliseconds{500};
  rig.fail();
  wait_for_connect(rig);
  rig.open();
  CHECK(rig.logged("connection 0: connected after 1.5 s; asking", LogLevel::info) == 1);
}

TEST_CASE("an outage by suspension is over when the connection is up again") {
  Rig rig{want_all()};
  rig.start_open();
  rig.now += minutes{5};
  rig.upstream.on_late(rig.now);
  rig.collect();
  REQUIRE(rig.last<SetError>() != nullptr);
  CHECK(rig.last<SetError>()->why == "the daemon was not running for a while");
  rig.now += seconds{2};
  rig.open();
  CHECK(rig.logged("reconnected after 2 s", LogLevel::info) == 1);
}

TEST_CASE("each end of an attempt or session says why, and how many have failed in a row") {
  Rig rig{want_all()};
  rig.start();
  const auto expect = [&](const std::string& why, unsigned failures) {
    REQUIRE(rig.last<SetError>() != nullptr);
    CHECK(rig.last<SetError>()->connection == 0);
    CHECK(rig.last<SetError>()->why == why);
    CHECK(rig.last<SetError>()->failures == failures);
    rig.forget();
  };
  rig.fail(because("Connection refused"));
  expect("cannot connect (Connection refused)", 1);
  wait_for_connect(rig);
  rig.fail_http(503);
  expect("the exchange answered HTTP 503", 2);
  wait_for_connect(rig);
  rig.pass(seconds{60});
  expect("the attempt to connect has not ended", 3);
  wait_for_connect(rig);
  rig.open();
  CHECK(rig.count<SetError>() == 0);
  // The text of a cause has nothing that differs from time to time.
  rig.now += milliseconds{40'321};
  rig.time();
  expect("no message for 40 s", 0);
  wait_for_connect(rig);
  rig.open();
  rig.close(1011);
  expect("closed by the exchange (code 1011)", 0);
  wait_for_connect(rig);
  rig.close(4401);
  expect("the exchange rejects the API key: close code 4401", 1);
}

}  // namespace
}  // namespace tickcache::daemon
