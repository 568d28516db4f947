#include "daemon/sources/redis/follower.hpp"

#include <doctest/doctest.h>

#include <random>
#include <utility>

#include "support/seed.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;

const Tenancy kFirst{1000, "aa"};
const Tenancy kLater{2000, "bb"};

/// A follower and what an origin would send it. The origin's clock is 5000 s behind.
struct World {
  static constexpr Time kBehind = 5000s;

  Time now = 10'000s;
  Tenancy origin = kFirst;
  std::uint64_t sequence = 0;
  Freshness freshness = Freshness::live;
  std::vector<Echo> echoes;
  Follower follower;

  World() { follower.begin(now); }

  [[nodiscard]] MessageHead head(bool is_beat, Time delay) const {
    MessageHead head;
    head.is_beat = is_beat;
    head.from = origin;
    head.sequence = sequence;
    head.at = now - delay - kBehind;
    return head;
  }
  Take beat(Time delay = 0s) {
    MessageHead message = head(true, delay);
    message.hash = sequence;
    message.freshness = freshness;
    message.reason = freshness == Freshness::live ? Reason::none : Reason::silent;
    message.echoes = std::exchange(echoes, {});
    return follower.on_message(message, now);
  }
  Take batch(Time delay = 0s) {
    ++sequence;
    return follower.on_message(head(false, delay), now);
  }
  /// Asks for an echo, which takes that long to come to the origin.
  void ask(Time way = 0s) {
    follower.on_echo_asked("n" + std::to_string(now.count()), now);
    echoes.push_back({"n" + std::to_string(now.count()), now + way - kBehind});
  }
  Take read() {
    follower.on_read_sent();
    return follower.on_read({origin, sequence, origin}, now);
  }
  void join(Time delay = 0s) {
    ask();
    beat(delay);
    REQUIRE(follower.wants_to_read());
    REQUIRE(read() == Take::apply);
  }
  [[nodiscard]] bool live() const { return follower.objection(now).empty(); }
};

TEST_CASE("follower: joins with a beat, an echo and the keys") {
  World at;
  CHECK_FALSE(at.live());
  CHECK(at.follower.wants_echo(at.now));
  at.ask();
  CHECK(at.batch() == Take::keep);
  CHECK_FALSE(at.follower.wants_to_read());
  at.beat();
  CHECK(at.follower.wants_to_read());
  CHECK_FALSE(at.live());
  CHECK(at.read() == Take::apply);
  CHECK(at.live());
  CHECK(at.batch() == Take::apply);
}

TEST_CASE("follower: without an echo, nothing is read or live") {
  World at;
  at.beat();
  CHECK_FALSE(at.follower.wants_to_read());
  CHECK(at.read() == Take::ignore);
  CHECK_FALSE(at.live());
}

TEST_CASE("follower: of the kept messages, those that the hash has are left out") {
  World at;
  at.ask();
  at.batch();
  const MessageHead first = at.head(false, 0s);
  at.beat();
  at.follower.on_read_sent();
  const StoredState state{at.origin, at.sequence, at.origin};
  at.batch();
  const MessageHead second = at.head(false, 0s);
  CHECK(at.follower.on_read(state, at.now) == Take::apply);
  CHECK_FALSE(at.follower.follows(first));
  CHECK(at.follower.follows(second));
  CHECK(at.live());
}

TEST_CASE("follower: keys that are older than the beat, or being rewritten, are not taken") {
  World at;
  at.ask();
  at.batch();
  at.beat();
  at.follower.on_read_sent();
  CHECK(at.follower.on_read({at.origin, 0, at.origin}, at.now) == Take::ignore);
  at.follower.on_read_sent();
  CHECK(at.follower.on_read({at.origin, std::nullopt, at.origin}, at.now) == Take::ignore);
  at.follower.on_read_sent();
  CHECK(at.follower.on_read({kLater, 9, kLater}, at.now) == Take::ignore);
  CHECK_FALSE(at.live());
  at.beat();
  CHECK(at.follower.wants_to_read());
  CHECK(at.read() == Take::apply);
}

TEST_CASE("follower: a hole, shown by a batch or by a beat, is closed only by the keys") {
  for (const bool by_beat : {false, true}) {
    World at;
    at.join();
    at.batch();
    ++at.sequence;  // lost
    if (by_beat) {
      at.beat();
    } else {
      CHECK(at.batch() == Take::keep);
    }
    CHECK_FALSE(at.live());
    CHECK(at.batch() == Take::keep);
    at.beat();
    CHECK_FALSE(at.live());
    CHECK(at.follower.wants_to_read());
    CHECK(at.read() == Take::apply);
    CHECK(at.live());
  }
}

TEST_CASE("follower: a message that comes again is ignored") {
  World at;
  at.join();
  CHECK(at.batch() == Take::apply);
  CHECK(at.follower.on_message(at.head(false, 0s), at.now) == Take::ignore);
  CHECK(at.live());
}

TEST_CASE("follower: a second without a beat, and nothing is live, whatever else comes") {
  World at;
  at.join();
  at.now += 1s;
  at.batch();
  CHECK(at.live());
  at.now += 1ms;
  at.batch();
  CHECK_FALSE(at.live());
  at.beat();
  CHECK(at.live());
}

TEST_CASE("follower: the origin's own verdict is passed on") {
  World at;
  at.join();
  at.freshness = Freshness::stale;
  at.beat();
  CHECK(at.follower.objection(at.now) == "the origin's feed is stale: silent");
  at.freshness = Freshness::live;
  at.beat();
  CHECK(at.live());
}

TEST_CASE("follower: beats that are late from the start, steadily, are not live") {
  World at;
  at.ask();
  at.now += 5s;
  at.beat(5s);
  CHECK(at.read() == Take::apply);
  CHECK_FALSE(at.live());
  CHECK(at.follower.lag() == 5s);
  // The way becomes prompt.
  at.beat();
  CHECK(at.live());
}

TEST_CASE("follower: late by less than max-lag is live; 0 allows any lag") {
  World at;
  at.join();
  at.now += 100ms;
  at.beat(1900ms);
  CHECK(at.live());
  at.beat(2100ms);
  CHECK_FALSE(at.live());
  at.follower.configure(0s);
  CHECK(at.live());
}

TEST_CASE("follower: a nonce that was slow makes the bound too large, never too small") {
  World at;
  at.ask(3s);  // it came to the origin 3 s later
  at.now += 3s;
  at.beat();
  CHECK(at.read() == Take::apply);
  CHECK(at.follower.lag() == 3s);
  CHECK_FALSE(at.live());
  // It asks again within a second, and a prompt one corrects it.
  at.now += 1s;
  CHECK(at.follower.wants_echo(at.now));
  at.ask();
  at.beat();
  CHECK(at.follower.lag() == 0s);
  CHECK(at.live());
  at.now += 59s;
  CHECK_FALSE(at.follower.wants_echo(at.now));
  at.now += 1s;
  CHECK(at.follower.wants_echo(at.now));
}

TEST_CASE("follower: the bound allows for clocks that drift by 200 ppm") {
  World at;
  at.join();
  at.now += 50s;
  at.beat();
  CHECK(at.follower.lag() == 10ms);
}

TEST_CASE("follower: over a way that takes longer than it waits to ask again, echoes still count") {
  World at;
  for (int i = 0; i < 5; ++i) {
    REQUIRE(at.follower.wants_echo(at.now));
    at.ask();
    at.now += 200ms;
  }
  at.beat(1s);
  CHECK(at.follower.wants_to_read());
}

TEST_CASE("follower: an echo of another's nonce, or made up, changes nothing") {
  World at;
  at.join();
  at.echoes.push_back({"other", 1s});
  at.beat();
  CHECK(at.live());
  CHECK(at.follower.lag() == 0s);
}

TEST_CASE("follower: a higher epoch is followed at once, and read anew") {
  World at;
  at.join();
  at.origin = kLater;
  at.sequence = 0;
  CHECK(at.batch() == Take::keep);
  CHECK_FALSE(at.live());
  at.join();
  CHECK(at.live());
  // What the loser still says is ignored.
  at.origin = kFirst;
  at.sequence = 77;
  CHECK(at.batch() == Take::ignore);
  CHECK(at.beat() == Take::ignore);
  CHECK(at.live());
}

TEST_CASE("follower: of two instances with one epoch, one is followed whatever the order") {
  for (const bool greater_first : {false, true}) {
    World at;
    at.origin = {1000, greater_first ? "bb" : "aa"};
    at.join();
    at.origin = {1000, greater_first ? "aa" : "bb"};
    at.beat();
    CHECK(at.follower.origin().instance == "bb");
  }
}

TEST_CASE("follower: a lower epoch counts only if the lease names it and the other was silent") {
  World at;
  at.origin = kLater;
  at.join();
  at.origin = kFirst;
  at.sequence = 0;
  at.now += 2999ms;
  at.beat();
  CHECK_FALSE(at.follower.wants_to_read());
  at.now += 1ms;
  at.beat();
  CHECK(at.follower.wants_to_read());
  at.follower.on_read_sent();
  CHECK(at.follower.on_read({kFirst, 0, kLater}, at.now) ==
        Take::ignore);  // the lease is the other's
  CHECK(at.follower.origin() == kLater);
  at.beat();
  at.follower.on_read_sent();
  CHECK(at.follower.on_read({kFirst, 0, kFirst}, at.now) == Take::ignore);
  CHECK(at.follower.origin() == kFirst);
  CHECK_FALSE(at.live());
  at.join();
  CHECK(at.live());
}

/// A model: an origin writes numbered values into a channel that may lose, repeat or delay them and
/// into a hash; what the follower applies must be the hash and each message behind it.
TEST_CASE("follower: over a channel that loses and repeats, live always means everything") {
  std::mt19937_64 random(test::seed_or(19));
  for (int run = 0; run < 300; ++run) {
    World at;
    std::uint64_t applied = 0;  // the follower has everything up to here
    std::vector<MessageHead> kept;
    for (int step = 0; step < 200; ++step) {
      at.now += std::chrono::milliseconds(random() % 50);
      switch (random() % 8) {
        case 0:
          ++at.sequence;  // lost
          break;
        case 1:
          if (at.follower.wants_echo(at.now)) at.ask();
          at.beat();
          break;
        case 2:
          if (at.follower.wants_to_read()) {
            if (at.read() == Take::apply) {
              applied = at.sequence;
              for (const MessageHead& head : kept) {
                if (at.follower.follows(head)) applied = head.sequence;
              }
            }
            kept.clear();
          }
          break;
        case 3:  // again
          if (at.sequence > 0 &&
              at.follower.on_message(at.head(false, 0s), at.now) == Take::apply) {
            CHECK(applied + 1 == at.sequence);
            applied = at.sequence;
          }
          break;
        default: {
          const Take take = at.batch();
          if (take == Take::apply) {
            REQUIRE(applied + 1 == at.sequence);
            applied = at.sequence;
          } else if (take == Take::keep) {
            kept.push_back(at.head(false, 0s));
          }
        }
      }
      at.beat();
      if (at.live()) REQUIRE(applied == at.sequence);
    }
  }
}

}  // namespace
}  // namespace tickcache::daemon
