// One connection's life: connecting, backoff, liveness, pings.
#include <doctest/doctest.h>

#include <vector>

#include "tests/daemon/upstream/upstream_rig.hpp"

namespace tickcache::daemon {
namespace {

TEST_CASE("opening: the epoch first, then the state, then the requests") {
  Rig rig{want_symbols({"BTCUSDT"})};
  rig.start();
  CHECK(rig.states[0] == ConnectionState::connecting);
  CHECK(rig.state_of(orders()) == ChannelState::wanted);
  rig.forget();
  rig.open();
  REQUIRE(rig.actions.size() > 2);
  CHECK(std::holds_alternative<BeginEpoch>(rig.actions[0]));
  CHECK(std::get<SetState>(rig.actions[1]).state == ConnectionState::up);
  CHECK(rig.texts() ==
        std::vector<std::string>{R"({"action":"subscribe","channel":"ticker","symbol":"BTCUSDT"})",
                                 R"({"action":"subscribe","channel":"orders"})",
                                 R"({"action":"subscribe","channel":"portfolio"})"});
  CHECK(rig.state_of(orders()) == ChannelState::sent);
}

TEST_CASE("fault 1: connection refused: retries after 1, 2, 4 … 60 s") {
  Rig rig{want_all()};
  rig.start();
  for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60, 60}) {
    rig.fail();
    CHECK(rig.states[0] == ConnectionState::waiting);
    CHECK(wait_for_connect(rig) == seconds{expected});
    CHECK(rig.states[0] == ConnectionState::connecting);
  }
  CHECK(rig.logged("cannot connect", LogLevel::warning) == 1);
  rig.fail();
  CHECK(rig.logged("10 in a row", LogLevel::warning) == 1);
}

TEST_CASE("backoff: limits that are no powers of two") {
  Timing timing;
  timing.backoff_min = milliseconds{300};
  timing.backoff_max = milliseconds{1000};
  Rig rig{want_all(), timing};
  rig.start();
  for (const int expected : {300, 600, 1000, 1000}) {
    rig.fail();
    CHECK(wait_for_connect(rig) == milliseconds{expected});
  }
}

TEST_CASE("backoff: jitter lengthens, never shortens") {
  Timing timing;
  timing.jitter = 0.5;
  Rig rig{want_all(), timing};
  rig.start();
  bool differs = false;
  for (const int promised : {1, 2, 4, 8, 16, 32, 60, 60, 60, 60}) {
    rig.fail();
    const Time waited = wait_for_connect(rig);
    CHECK(waited >= seconds{promised});
    CHECK(waited < Time{seconds{promised}} * 3 / 2);
    if (waited != seconds{promised}) differs = true;
  }
  CHECK(differs);
}

TEST_CASE("fault 9: Retry-After is honoured, within 60 s") {
  struct Case {
    int retry_after;
    int expected;
  };
  for (const Case c : {Case{0, 1}, {7, 7}, {60, 60}, {3600, 60}}) {
    for (const int status : {429, 503}) {
      CAPTURE(c.retry_after);
      Rig rig{want_all()};
      rig.start();
      rig.fail_http(status, seconds{c.retry_after});
      CHECK(wait_for_connect(rig) == seconds{c.expected});
    }
  }
  Rig rig{want_all()};
  rig.start();
  for (int i = 0; i < 4; ++i) {
    rig.fail();
    wait_for_connect(rig);
  }
  rig.fail_http(503, seconds{3});
  CHECK(wait_for_connect(rig) == seconds{16});  // the backoff is longer
}

TEST_CASE("fault 24: accepts, then drops, in a loop: the backoff keeps growing") {
  Rig rig{want_all()};
  rig.start();
  for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60}) {
    rig.open();
    rig.message(acknowledgement(ticker_all()));
    rig.pass(milliseconds{9900});
    rig.close(1006);
    CHECK(wait_for_connect(rig) == seconds{expected});
  }
  rig.open();
  rig.pass(seconds{10});
  rig.close(1006);  // a stable session
  CHECK(wait_for_connect(rig) == seconds{1});
  rig.fail();
  CHECK(wait_for_connect(rig) == seconds{2});
}

TEST_CASE("a session is stable by its length, not by when the timer ran") {
  Rig rig{want_all()};
  rig.start();
  for (int i = 0; i < 5; ++i) {
    rig.fail();
    wait_for_connect(rig);
  }
  rig.open();
  rig.now += seconds{11};
  rig.close(1000);
  CHECK(wait_for_connect(rig) == seconds{1});
}

TEST_CASE("fault 17: every other close code reconnects") {
  for (const int code : {1000, 1001, 1002, 1005, 1006, 1007, 1009, 1011, 1014, 3000, 4000, 4999}) {
    CAPTURE(code);
    Rig rig{want_all()};
    rig.start_open();
    rig.close(code);
    CHECK(rig.states[0] == ConnectionState::waiting);
    CHECK(rig.state_of(ticker_all()) == ChannelState::wanted);
    CHECK(wait_for_connect(rig) == seconds{1});
  }
}

TEST_CASE("fault 20: a message at 39.9 s keeps the connection") {
  Rig rig{want_all()};
  rig.start_open();
  rig.pass(milliseconds{39'900});
  CHECK(rig.message(NothingEvent{}));
  rig.pass(milliseconds{39'900});
  CHECK(rig.states[0] == ConnectionState::up);
  CHECK(rig.count<Close>() == 0);
}

TEST_CASE("fault 20: nothing until 40.1 s closes and reconnects") {
  Rig rig{want_all()};
  rig.start_open();
  rig.pass(milliseconds{39'999});
  CHECK(rig.count<Close>() == 0);
  rig.pass(milliseconds{101});
  REQUIRE(rig.count<Close>() == 1);
  CHECK(rig.last<Close>()->abort);
  CHECK(rig.states[0] == ConnectionState::waiting);
  rig.pass(seconds{1});
  CHECK(rig.states[0] == ConnectionState::connecting);
}

TEST_CASE("fault 19: bytes that never complete a message do not keep the connection") {
  // Bytes are no events: only complete messages are reported.
  Rig rig{want_all()};
  rig.start_open();
  rig.message(tick("BTCUSDT"));
  rig.pass(seconds{40});
  CHECK(rig.count<Close>() == 1);
}

TEST_CASE("fault 21: pings alone keep the connection, and each is answered at once") {
  Rig rig{want_all()};
  rig.start_open();
  for (std::size_t i = 1; i <= 100; ++i) {
    rig.pass(seconds{30});
    rig.message(PingEvent{});
    CHECK(rig.count<SendPong>() == i);
  }
  CHECK(rig.count<Close>() == 0);
  CHECK(rig.states[0] == ConnectionState::up);
}

TEST_CASE("fault 25: dropped while subscribing: the whole set is sent again, once") {
  Rig rig{want_symbols({"A", "B"})};
  rig.start_open();
  rig.message(acknowledgement(ticker("A")));
  rig.message(invalid_channel());  // B is tried again in the other form
  rig.close(1006);
  rig.pass(seconds{1});
  rig.forget();
  rig.open();
  CHECK(rig.texts().size() == 4);
  rig.pass(seconds{1});
  CHECK(rig.texts().size() == 4);
}

TEST_CASE("fault 26: what an old attempt reports is ignored") {
  Rig rig{want_all()};
  rig.start_open();
  const SessionId old = rig.sessions[0];
  rig.close(1006);
  for (const bool reopened : {false, true}) {
    if (reopened) {
      rig.pass(seconds{1});
      rig.open();
    }
    rig.forget();
    rig.upstream.on_open(old, rig.now);
    rig.upstream.on_failed(old, {}, rig.now);
    rig.upstream.on_closed(old, 4401, rig.now);
    CHECK(rig.upstream.on_message(old, tick("BTCUSDT"), rig.now) == Belongs::nowhere);
    CHECK(rig.upstream.on_message({9, 1}, tick("BTCUSDT"), rig.now) == Belongs::nowhere);
    rig.collect();
    CHECK(rig.actions.empty());
  }
}

TEST_CASE("an attempt that never reports its end is cut") {
  Rig rig{want_all()};
  rig.start();
  rig.pass(seconds{60});
  REQUIRE(rig.count<Close>() == 1);
  CHECK(rig.last<Close>()->abort);
  CHECK(wait_for_connect(rig) == seconds{1});
}

TEST_CASE("fault 28: late: every session ends unread and reconnects at once") {
  Rig rig{want_all()};
  rig.start();
  rig.fail();
  rig.pass(seconds{1});
  rig.open();
  rig.pass(seconds{5});
  const SessionId old = rig.sessions[0];
  rig.now += minutes{5};
  rig.forget();
  rig.upstream.on_late(rig.now);
  rig.collect();
  CHECK(rig.last<Close>()->session == old);
  CHECK(rig.last<Close>()->abort);
  CHECK(rig.count<Connect>() == 1);
  CHECK(rig.upstream.on_message(old, tick("BTCUSDT"), rig.now) == Belongs::nowhere);
  rig.fail();
  CHECK(wait_for_connect(rig) == seconds{2});  // it went on where it was
}

TEST_CASE("late: a wait that is over ends, one that is not goes on") {
  for (const int slept : {3, 30}) {
    Rig rig{want_all()};
    rig.start();
    rig.fail_http(429, seconds{20});
    rig.now += seconds{slept};
    rig.forget();
    rig.upstream.on_late(rig.now);
    rig.collect();
    CHECK(rig.count<Connect>() == (slept > 20 ? 1 : 0));
  }
}

TEST_CASE("fault 29: only the time since boot counts") {
  // There is no other clock in the interface; at the end of its range nothing overflows.
  Rig rig{want_all()};
  rig.now = std::chrono::hours{24 * 365 * 100};
  rig.start_open();
  rig.pass(seconds{39});
  CHECK(rig.states[0] == ConnectionState::up);
}

TEST_CASE("outlook: what is being waited for") {
  Rig rig{want_all({candles("A", "1m"), candles("B", "1m"), candles("C", "1m"), candles("D", "1m"),
                    candles("E", "1m"), candles("F", "1m"), candles("G", "1m"),
                    candles("H", "1m")})};  // one more than fits on the first connection
  CHECK(rig.upstream.outlook().state == ConnectionState::connecting);
  rig.start();
  Outlook outlook = rig.upstream.outlook();
  CHECK(outlook.state == ConnectionState::connecting);
  CHECK(outlook.connection == 0);
  CHECK(outlook.why.empty());

  Failure failure;
  failure.detail = "Connection refused";
  rig.fail(failure);
  outlook = rig.upstream.outlook();
  CHECK(outlook.state == ConnectionState::waiting);
  CHECK(outlook.retry_at == rig.now + seconds{1});
  CHECK(outlook.why == "cannot connect (Connection refused)");

  rig.pass(seconds{1});
  CHECK(rig.upstream.outlook().state == ConnectionState::connecting);
  CHECK(rig.upstream.outlook().why == "cannot connect (Connection refused)");
  rig.open(0);
  CHECK(rig.upstream.outlook().connection == 1);
  rig.open(1);
  CHECK(rig.upstream.outlook().state == ConnectionState::up);

  rig.close(1011, 1);
  outlook = rig.upstream.outlook();
  CHECK(outlook.connection == 1);
  CHECK(outlook.state == ConnectionState::waiting);
  CHECK(outlook.why.starts_with("closed by the exchange (code 1011)"));
}

}  // namespace
}  // namespace tickcache::daemon
