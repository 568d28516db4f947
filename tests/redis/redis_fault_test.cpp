// A Redis, a path or an origin that fails, in real time, judged by an observer that knows what the
// exchange traded: followers are never wrongly live, and back by themselves.
#include <doctest/doctest.h>

#include <random>
#include <thread>

#include "redis/fleet.hpp"
#include "support/loopback_proxy.hpp"
#include "support/seed.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

/// Exchange, Redis, origin, and two followers: one behind a path that can break.
struct Scenario {
  sim::Exchange exchange{watched_market()};
  RedisServer redis;
  std::unique_ptr<LoopbackProxy> path;       ///< of the first follower
  std::unique_ptr<LoopbackProxy> publishes;  ///< of the origin
  std::unique_ptr<OriginMachine> origin;
  std::unique_ptr<FollowerMachine> follower;
  std::unique_ptr<Observer> observer;
  std::unique_ptr<Observer> at_origin;

  explicit Scenario(std::vector<std::string> redis_options = {}) {
    exchange.start();
    redis.start(std::move(redis_options));
    path = std::make_unique<LoopbackProxy>(redis.port());
    publishes = std::make_unique<LoopbackProxy>(redis.port());
    origin = std::make_unique<OriginMachine>(exchange, url_of(*publishes));
    follower = std::make_unique<FollowerMachine>(url_of(*path));
    observer = std::make_unique<Observer>(exchange, follower->here.segment());
    at_origin = std::make_unique<Observer>(exchange, origin->here.segment());
    settle();
  }

  static std::string url_of(const LoopbackProxy& proxy) {
    return "redis://127.0.0.1:" + std::to_string(proxy.port());
  }

  void settle() {
    REQUIRE(soon([&] { return observer->all_live_for(2s) && at_origin->all_live_for(1s); }));
    observer->forget();
    at_origin->forget();
  }

  /// It soon ceases to be live, and stays so while `span` lasts.
  void check_not_live_for(std::chrono::seconds span) {
    const auto until = BootClock::now() + span;
    Reader reader = follower->here.reader();
    REQUIRE(soon([&] { return !reader.ticker("BTCUSDT").live(); }));
    while (BootClock::now() < until) {
      CHECK_FALSE(reader.ticker("BTCUSDT").live());
      std::this_thread::sleep_for(50ms);
    }
  }

  /// The follower has told no untruth, and the origin has not noticed anything.
  void check() {
    check_truth(*observer);
    const Observed seen = at_origin->seen();
    CHECK(seen.alarms == 0);
    CHECK(seen.steps_back == 0);
  }
};

TEST_CASE("fault 68: Redis is killed and restarted empty") {
  Scenario at;
  INFO("bridge: ", at.origin->bridge->err());
  INFO("follower: ", at.follower->daemon->err());
  at.redis.kill();
  at.check_not_live_for(5s);
  at.redis.start();
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: Redis is emptied while it runs") {
  Scenario at;
  INFO("bridge: ", at.origin->bridge->err());
  INFO("follower: ", at.follower->daemon->err());
  CHECK(at.redis.ask({"FLUSHALL"}) == "OK\n");
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: Redis is suspended for 10 s") {
  Scenario at;
  INFO("bridge: ", at.origin->bridge->err());
  INFO("follower: ", at.follower->daemon->err());
  at.redis.suspend();
  at.check_not_live_for(10s);
  at.redis.resume();
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: Redis is out of memory for 5 s") {
  Scenario at;
  INFO("bridge: ", at.origin->bridge->err());
  INFO("follower: ", at.follower->daemon->err());
  CHECK(at.redis.ask({"CONFIG", "SET", "maxmemory", "1"}) == "OK\n");
  at.check_not_live_for(5s);
  CHECK(at.redis.ask({"CONFIG", "SET", "maxmemory", "0"}) == "OK\n");
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: the follower's path swallows everything for 6 s") {
  Scenario at;
  INFO("follower: ", at.follower->daemon->err());
  at.path->swallow(true);
  at.check_not_live_for(6s);
  at.path->swallow(false);
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: nothing from Redis reaches the follower for 6 s, what it sends arrives") {
  Scenario at;
  INFO("follower: ", at.follower->daemon->err());
  at.path->swallow_answers(true);
  at.check_not_live_for(6s);
  at.path->swallow_answers(false);
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: the follower's connections are reset, or half-open") {
  Scenario at;
  INFO("follower: ", at.follower->daemon->err());
  CHECK(at.path->cut() > 0);
  check_recovery(*at.observer, BootClock::now());
  at.path->half_open();
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: what comes from Redis is 5 s late for 10 s") {
  Scenario at;
  INFO("follower: ", at.follower->daemon->err());
  at.path->delay_answers(5s);
  std::this_thread::sleep_for(12s);
  CHECK_FALSE(at.observer->all_live_for(8s));
  at.path->delay_answers(0ms);
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: a path that is 5 s late from the start is never live") {
  Scenario at;
  LoopbackProxy late(at.redis.port());
  late.delay_answers(5s);
  FollowerMachine follower(Scenario::url_of(late));
  INFO("follower: ", follower.daemon->err());
  Observer observer(at.exchange, follower.here.segment());
  std::this_thread::sleep_for(20s);
  CHECK_FALSE(follower.is_live());
  CHECK(in_seconds(observer.seen().longest_wrong) == 0);
}

TEST_CASE("fault 68: the origin's path to Redis swallows everything for 6 s, or is reset") {
  Scenario at;
  INFO("bridge: ", at.origin->bridge->err());
  INFO("follower: ", at.follower->daemon->err());
  at.publishes->swallow(true);
  at.check_not_live_for(6s);
  at.publishes->swallow(false);
  check_recovery(*at.observer, BootClock::now());
  at.publishes->cut();
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: the bridge is suspended for 10 s, and killed and restarted") {
  Scenario at;
  INFO("follower: ", at.follower->daemon->err());
  at.origin->bridge->suspend();
  at.check_not_live_for(10s);
  at.origin->bridge->signal(SIGCONT);
  check_recovery(*at.observer, BootClock::now());
  at.origin->bridge->kill();
  at.origin->start_bridge();
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

TEST_CASE("fault 68: the origin's daemon is killed and restarted, its feed stops: passed on") {
  Scenario at;
  INFO("bridge: ", at.origin->bridge->err());
  INFO("follower: ", at.follower->daemon->err());
  at.origin->daemon->kill();
  at.check_not_live_for(4s);
  at.origin->start_daemon();
  check_recovery(*at.observer, BootClock::now());
  check_truth(*at.observer);
}

TEST_CASE("fault 68: the follower itself is suspended for 5 s") {
  Scenario at;
  at.follower->daemon->suspend();
  std::this_thread::sleep_for(5s);
  at.follower->daemon->signal(SIGCONT);
  INFO("follower: ", at.follower->daemon->err());
  check_recovery(*at.observer, BootClock::now());
  check_truth(*at.observer);
}

TEST_CASE("fault 68: the exchange's ticks are 5 s late: what the origin makes of it is passed on") {
  Scenario at;
  INFO("follower: ", at.follower->daemon->err());
  at.exchange.delay_feed(5s);
  std::this_thread::sleep_for(12s);
  at.exchange.delay_feed(0s);
  check_recovery(*at.observer, BootClock::now());
  const Observed there = at.at_origin->seen();
  CHECK(there.longest_wrong > 0s);
  check_truth(*at.observer);
}

TEST_CASE("fault 68: origin and Redis are both restarted empty") {
  Scenario at;
  INFO("follower: ", at.follower->daemon->err());
  at.origin->bridge->kill();
  at.origin->daemon->kill();
  at.redis.kill();
  at.check_not_live_for(4s);
  at.redis.start();
  at.origin = std::make_unique<OriginMachine>(at.exchange, Scenario::url_of(*at.publishes));
  INFO("bridge: ", at.origin->bridge->err());
  check_recovery(*at.observer, BootClock::now());
  check_truth(*at.observer);
}

TEST_CASE("fault 68: Sentinel makes a replica the master") {
  sim::Exchange exchange(watched_market());
  exchange.start();
  RedisServer first;
  RedisServer second;
  first.start();
  second.start({"--replicaof", "127.0.0.1 " + std::to_string(first.port())});
  RedisSentinel sentinels[3] = {RedisSentinel(first), RedisSentinel(first), RedisSentinel(first)};
  REQUIRE(soon([&] {
    return std::all_of(std::begin(sentinels), std::end(sentinels),
                       [](const RedisSentinel& one) { return one.is_ready(3); });
  }));
  std::string url = "redis-sentinel://";
  for (const RedisSentinel& one : sentinels) {
    url += (&one == sentinels ? "" : ",") + ("127.0.0.1:" + std::to_string(one.port()));
  }
  url += "/mymaster";
  OriginMachine origin(exchange, url);
  FollowerMachine follower(url);
  INFO("bridge: ", origin.bridge->err());
  INFO("follower: ", follower.daemon->err());
  Observer observer(exchange, follower.here.segment());
  REQUIRE(soon([&] { return observer.all_live_for(2s); }));
  observer.forget();
  first.kill();
  CHECK(soon([&] { return !follower.is_live(); }));
  CHECK(soon([&] { return sentinels[0].master() == second.port(); }));
  check_recovery(observer, BootClock::now());
  // The old one comes back, as a replica.
  first.start();
  std::this_thread::sleep_for(5s);
  CHECK(soon([&] { return observer.all_live_for(2s); }));
  check_truth(observer);
}

/// TICKCACHE_RANDOM_FAULTS in the environment asks for more.
int fault_count(int fewest) {
  const char* const asked = std::getenv("TICKCACHE_RANDOM_FAULTS");
  return asked == nullptr ? fewest : std::atoi(asked);
}

TEST_CASE("fault 68: random faults one after the other: no value is wrong") {
  Scenario at;
  std::mt19937_64 random(seed_or(68));
  const auto pause = [&](int most) {
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % most));
  };
  for (int i = 0; i < fault_count(10); ++i) {
    switch (random() % 9) {
      case 0:
        at.redis.kill();
        pause(3000);
        at.redis.start();
        break;
      case 1:
        at.redis.suspend();
        pause(4000);
        at.redis.resume();
        break;
      case 2:
        at.path->swallow(true);
        pause(4000);
        at.path->swallow(false);
        break;
      case 3:
        at.path->delay_answers(std::chrono::milliseconds(random() % 5000));
        pause(6000);
        at.path->delay_answers(0ms);
        break;
      case 4:
        at.origin->bridge->suspend();
        pause(5000);
        at.origin->bridge->signal(SIGCONT);
        break;
      case 5:
        at.origin->bridge->kill();
        pause(1000);
        at.origin->start_bridge();
        break;
      case 6:
        at.publishes->cut();
        at.path->cut();
        break;
      case 7:
        static_cast<void>(at.redis.ask({"FLUSHALL"}));
        break;
      default:
        at.publishes->swallow_answers(true);
        pause(4000);
        at.publishes->swallow_answers(false);
    }
    pause(1500);
  }
  check_recovery(*at.observer, BootClock::now());
  at.check();
}

// --- two origins

struct TwoOrigins {
  sim::Exchange exchange{watched_market()};
  RedisServer redis;
  std::unique_ptr<LoopbackProxy> paths[2];
  std::unique_ptr<OriginMachine> origins[2];
  std::unique_ptr<FollowerMachine> follower;
  std::unique_ptr<Observer> observer;

  TwoOrigins() {
    exchange.start();
    redis.start();
    for (std::size_t i = 0; i < 2; ++i) {
      paths[i] = std::make_unique<LoopbackProxy>(redis.port());
      origins[i] = std::make_unique<OriginMachine>(exchange, Scenario::url_of(*paths[i]));
      REQUIRE(
          soon([&] { return has(origins[i]->bridge->err(), i == 0 ? "publishing" : "standing"); }));
    }
    follower = std::make_unique<FollowerMachine>(redis.url());
    observer = std::make_unique<Observer>(exchange, follower->here.segment());
    settle();
  }
  void settle() {
    REQUIRE(soon([&] { return observer->all_live_for(1s); }));
  }
  [[nodiscard]] std::string lease() const { return redis.ask({"GET", "tickcache:{test}:lease"}); }
  /// Which of them publishes, as the last line that it wrote says.
  [[nodiscard]] std::size_t present() const {
    return last_says(0, "publishing") && !last_says(1, "publishing") ? 0 : 1;
  }
  [[nodiscard]] bool last_says(std::size_t i, const std::string& what) const {
    const std::string text = origins[i]->bridge->err();
    const std::size_t line = text.rfind('\n', text.size() - 2);
    return has(text.substr(line == text.npos ? 0 : line), what);
  }
};

TEST_CASE("fault 69: an origin is paused for longer than its lease, then goes on") {
  TwoOrigins at;
  INFO("first: ", at.origins[0]->bridge->err());
  INFO("second: ", at.origins[1]->bridge->err());
  const std::string before = at.lease();
  at.origins[0]->bridge->suspend();
  REQUIRE(soon([&] { return at.last_says(1, "publishing"); }));
  at.settle();
  const std::string after = at.lease();
  CHECK(after != before);
  at.origins[0]->bridge->signal(SIGCONT);
  // It learns that it is the origin no longer, and stands by.
  CHECK(soon([&] { return at.last_says(0, "standing by"); }));
  CHECK(at.lease() == after);
  std::this_thread::sleep_for(2s);
  CHECK(soon([&] { return at.observer->all_live_for(2s); }));
  check_truth(*at.observer);
}

TEST_CASE("fault 69: what a paused origin had written already is refused by Redis") {
  TwoOrigins at;
  // Its writes wait on the way until another has the lease.
  at.paths[0]->swallow_answers(true);
  REQUIRE(soon([&] { return at.last_says(1, "publishing"); }));
  at.paths[0]->swallow_answers(false);
  at.settle();
  const std::string after = at.lease();
  const std::string old = at.redis.ask({"HGET", "tickcache:{test}:state", "instance"});
  CHECK(has(after, old.substr(0, 16)));
  // A write in the name of the loser.
  const std::string script =
      "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end return redis.call('DEL', "
      "KEYS[1])";
  CHECK(at.redis.ask({"EVAL", script, "1", "tickcache:{test}:lease", "1:loser"}) == "0\n");
  CHECK(at.lease() == after);
  check_truth(*at.observer);
}

TEST_CASE("fault 69: killed, paused or cut off in turns, followers see one sequence") {
  TwoOrigins at;
  std::mt19937_64 random(seed_or(69));
  double longest = 0;
  for (int i = 0; i < fault_count(6); ++i) {
    const std::size_t loser = at.present();
    OriginMachine& origin = *at.origins[loser];
    const auto from = BootClock::now();
    const int kind = static_cast<int>(random() % 3);
    if (kind == 0) {
      origin.bridge->kill();
    } else if (kind == 1) {
      origin.bridge->suspend();
    } else {
      at.paths[loser]->swallow(true);
    }
    REQUIRE(soon([&] { return at.last_says(1 - loser, "publishing"); }));
    REQUIRE(soon([&] { return at.observer->all_live_for(1s); }));
    longest = std::max(longest, in_seconds(at.observer->seen().last_not_live - from));
    if (kind == 0) {
      origin.start_bridge();
    } else if (kind == 1) {
      origin.bridge->signal(SIGCONT);
    } else {
      at.paths[loser]->swallow(false);
    }
    REQUIRE(soon([&] { return at.last_says(loser, "standing by"); }));
  }
  MESSAGE("all live again after at most ", longest, " s");
  check_truth(*at.observer);
}

}  // namespace
}  // namespace tickcache::test
