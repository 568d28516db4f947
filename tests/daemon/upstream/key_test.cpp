// Rejections of the key: when they are permanent, and what shows that the key is good.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/daemon/upstream/upstream_rig.hpp"

namespace tickcache::daemon {
namespace {

/// Enough for a second connection.
std::vector<Channel> many_candles() {
  std::vector<Channel> result;
  for (const char* interval : {"1m", "5m", "15m", "1h", "4h", "1d"}) {
    result.push_back(candles("BTCUSDT", interval));
    result.push_back(candles("ETHUSDT", interval));
  }
  return result;
}

struct Rejection {
  const char* name;
  void (*apply)(Rig&);
};

const Rejection kRejections[] = {
    {"HTTP 401", [](Rig& rig) { rig.fail_http(401); }},
    {"HTTP 403", [](Rig& rig) { rig.fail_http(403); }},
    {"close 4401", [](Rig& rig) { rig.open(), rig.close(4401); }},
    {"close 4001", [](Rig& rig) { rig.open(), rig.close(4001); }},
    {"close 1008", [](Rig& rig) { rig.open(), rig.close(1008); }},
    {"error",
     [](Rig& rig) {
       rig.open();
       rig.message(error(ErrorCode::authentication, "INVALID_API_KEY", "bad key ak_live_x"));
     }},
};

TEST_CASE("fault 7: a key that was never accepted: a permanent stop, at once") {
  for (const Rejection& rejection : kRejections) {
    CAPTURE(rejection.name);
    Rig rig{want_all(many_candles())};
    rig.start();
    rig.open(1);
    rejection.apply(rig);
    CHECK(rig.count<StopForGood>() == 1);
    CHECK(rig.states[0] == ConnectionState::auth_failed);
    CHECK(rig.states[1] == ConnectionState::auth_failed);
    CHECK(rig.last<Close>()->session == rig.sessions[1]);
    CHECK(rig.upstream.deadline() == Time::max());
    CHECK(rig.logged("ak_live_x") == 0);
    rig.forget();
    rig.pass(minutes{60});
    rig.upstream.on_late(rig.now);
    rig.reconfigure(want_symbols({"A"}));
    rig.upstream.stop(rig.now);
    rig.collect();
    CHECK(rig.actions.empty());
    CHECK(!rig.upstream.key_accepted());
  }
}

/// The times of all attempts until the stop, relative to the first rejection.
std::vector<Time> attempts_until_stop(Rig& rig, const Rejection& rejection) {
  const Time from = rig.now;
  std::vector<Time> attempts;
  while (true) {
    rejection.apply(rig);
    if (rig.count<StopForGood>() > 0) return attempts;
    CHECK(rig.states[0] == ConnectionState::waiting);
    rig.now = rig.upstream.deadline();
    rig.time();
    attempts.push_back(rig.now - from);
  }
}

TEST_CASE("fault 8: a key that was accepted: the ordinary backoff for the grace, then permanent") {
  for (const Rejection& rejection : kRejections) {
    for (const bool carried_over : {false, true}) {
      CAPTURE(rejection.name);
      CAPTURE(carried_over);
      Rig rig{want_all(), {}, carried_over};
      rig.start();
      if (!carried_over) {
        rig.open();
        CHECK(!rig.upstream.key_accepted());
        rig.message(acknowledgement(ticker_all()));
        CHECK(rig.upstream.key_accepted());
        rig.pass(seconds{30});
        rig.close(1006);
        rig.pass(seconds{1});
      }
      std::vector<Time> expected;
      // The session before was stable; the wait after it was the first.
      Time at{0};
      for (int wait = carried_over ? 1 : 2; at < minutes{5}; wait = std::min(2 * wait, 60)) {
        at += seconds{wait};
        expected.push_back(at);
      }
      CHECK(attempts_until_stop(rig, rejection) == expected);
      CHECK(rig.states[0] == ConnectionState::auth_failed);
      CHECK(rig.logged("accepted before", LogLevel::warning) == 1);
    }
  }
}

TEST_CASE("fault 8: an exchange that acknowledges and then rejects is not asked for ever") {
  Rig rig{want_all()};
  rig.start();
  const Time from = rig.now;
  while (rig.count<StopForGood>() == 0) {
    rig.open();
    rig.message(acknowledgement(ticker_all()));
    rig.close(4401);
    REQUIRE(rig.now - from < minutes{10});
    rig.pass(rig.count<StopForGood>() == 0 ? rig.upstream.deadline() - rig.now : Time{0});
  }
  CHECK(rig.now - from >= minutes{5});
}

TEST_CASE("the grace begins anew after a session that lasted") {
  Rig rig{want_all()};
  rig.start_open();
  rig.message(tick("A"));
  rig.pass(seconds{20});
  rig.close(4401);
  rig.pass(seconds{1});
  rig.open();
  for (int i = 0; i < 20; ++i) {
    rig.pass(seconds{30});
    rig.message(PingEvent{});
  }
  rig.close(4401);
  CHECK(rig.count<StopForGood>() == 0);
  CHECK(rig.states[0] == ConnectionState::waiting);
}

TEST_CASE("what shows that the key is accepted") {
  struct Case {
    Event event;
    bool shows;
  };
  const Case cases[] = {
      {tick("A"), true},    {OrderEvent{}, true},    {acknowledgement(orders()), true},
      {PingEvent{}, false}, {NothingEvent{}, false}, {invalid_channel(), false},
  };
  for (const Case& c : cases) {
    Rig rig{want_all()};
    rig.start_open();
    rig.message(c.event);
    CHECK(rig.upstream.key_accepted() == c.shows);
    rig.pass(seconds{10});
    CHECK(rig.upstream.key_accepted());  // a session that lasts does
  }
}

TEST_CASE("fault 8: since when the key is rejected and until when it is retried") {
  Rig rig{want_all(), {}, true};
  rig.start();
  CHECK(rig.upstream.key_rejection() == KeyRejection{});
  rig.fail_http(403);
  const KeyRejection rejection{rig.now, rig.now + minutes{5}};
  CHECK(rig.upstream.key_rejection() == rejection);
  CHECK(rig.logged("retrying for 300 s, then stopping", LogLevel::warning) == 1);
  rig.pass(seconds{1});
  rig.fail_http(403);
  CHECK(rig.upstream.key_rejection() == rejection);
  CHECK(rig.logged("accepted before", LogLevel::warning) == 1);

  rig.pass(rig.upstream.deadline() - rig.now);
  rig.open();
  CHECK(rig.upstream.key_rejection() == rejection);  // an upgrade shows nothing
  rig.message(tick("A"));
  CHECK(rig.upstream.key_rejection() == KeyRejection{});
  CHECK(rig.logged("accepts the API key again", LogLevel::info) == 1);

  // Rejected again before the session lasted: the grace goes on.
  rig.close(4401);
  CHECK(rig.upstream.key_rejection() == rejection);
  CHECK(rig.logged("accepted before; retrying for", LogLevel::warning) == 2);
}

TEST_CASE("fault 8: a session from before the rejection does not show that the key is accepted") {
  Rig rig{want_all(many_candles())};
  rig.start();
  rig.open(0);
  rig.open(1);
  rig.pass(seconds{30});
  rig.message(tick("A"));
  rig.pass(seconds{1});
  rig.close(1006, 1);
  rig.pass(seconds{1});
  rig.fail_http(403, {}, 1);
  const Time since = rig.now;
  rig.pass(seconds{1});
  rig.message(tick("A"));
  CHECK(rig.upstream.key_rejection().since == since);
  rig.pass(seconds{1});
  rig.open(1);
  rig.message(acknowledgement(many_candles().back()), 1);
  CHECK(rig.upstream.key_rejection() == KeyRejection{});
}

TEST_CASE("fault 7: a key that was never accepted is rejected without a retry") {
  Rig rig{want_all()};
  rig.start();
  rig.fail_http(403);
  CHECK(rig.upstream.key_rejection() == KeyRejection{rig.now, Time{0}});
}

TEST_CASE("an authentication error is not to be published, and cuts the connection") {
  Rig rig{want_all(), {}, true};
  rig.start_open();
  rig.forget();
  CHECK(rig.message(error(ErrorCode::authentication, "AUTH", "")) == Belongs::nowhere);
  REQUIRE(rig.count<Close>() == 1);
  CHECK(rig.last<Close>()->abort);
  CHECK(rig.states[0] == ConnectionState::waiting);
}

/// A refused upgrade that is being explained.
struct Refused : Rig {
  explicit Refused(bool key_was_accepted = false) : Rig(want_all(), {}, key_was_accepted) {
    upstream.set_explains(true);
    start();
    fail_http(403);
    REQUIRE(count<AskWhy>() == 1);
    CHECK(count<StopForGood>() == 0);
    CHECK(states[0] == ConnectionState::waiting);
  }
  void explain(Refusal refusal) {
    now += seconds{1};
    upstream.on_refusal_explained(refusal, now);
    collect();
  }
};

TEST_CASE("fault 63: a refused upgrade waits until it is explained") {
  Refused rig;
  const std::size_t attempts = rig.count<Connect>();
  rig.pass(seconds{5});
  CHECK(rig.count<Connect>() == attempts);
  CHECK(rig.count<StopForGood>() == 0);
}

TEST_CASE("fault 63: a wrong key, a suspended account, or no explanation: final") {
  for (const Refusal refusal : {Refusal::wrong_key, Refusal::suspended, Refusal::unknown}) {
    Refused rig;
    rig.explain(refusal);
    REQUIRE(rig.count<StopForGood>() == 1);
    CHECK(rig.states[0] == ConnectionState::auth_failed);
    const bool is_suspended = refusal == Refusal::suspended;
    CHECK((rig.last<StopForGood>()->reason.find("suspended the account") != std::string::npos) ==
          is_suspended);
    CHECK((rig.last<SetError>()->why.find("rejects the API key") != std::string::npos) !=
          is_suspended);
  }
}

TEST_CASE("fault 63: the exchange's own failure is retried, with the backoff, and never final") {
  Refused rig;
  Time delay = seconds{1};
  for (int i = 0; i < 30; ++i) {
    rig.explain(Refusal::failing);
    CHECK(rig.count<StopForGood>() == 0);
    CHECK(rig.last<SetError>()->why ==
          "the exchange cannot check API keys at present: the exchange answered HTTP 403");
    CHECK(rig.upstream.key_rejection() == KeyRejection{});
    CHECK(rig.upstream.deadline() == rig.now + delay);
    delay = std::min<Time>(2 * delay, seconds{60});
    rig.now = rig.upstream.deadline();
    rig.upstream.on_time(rig.now);
    rig.collect();
    rig.fail_http(403);
  }
  CHECK(rig.count<AskWhy>() == 31);
}

TEST_CASE("fault 63: a suspended account that was accepted before is named while it is retried") {
  Refused rig(true);
  rig.explain(Refusal::suspended);
  CHECK(rig.count<StopForGood>() == 0);
  CHECK(rig.logged("suspended the account that it accepted before; retrying for 300 s",
                   LogLevel::warning) == 1);
  CHECK(rig.logged("rejects the API key", LogLevel::warning) == 0);
}

TEST_CASE("fault 63: a key that REST accepts is retried for auth-grace") {
  Refused rig;
  rig.explain(Refusal::none);
  CHECK(rig.count<StopForGood>() == 0);
  CHECK(rig.upstream.key_rejection().retry_until == rig.now + seconds{300});
  rig.now += seconds{301};
  rig.upstream.on_time(rig.now);
  rig.collect();
  rig.fail_http(403);
  rig.explain(Refusal::none);
  CHECK(rig.count<StopForGood>() == 1);
}

}  // namespace
}  // namespace tickcache::daemon
