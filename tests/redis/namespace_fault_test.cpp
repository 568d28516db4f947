// Origin and followers in network namespaces of their own, whose links to Redis are cut: both ways
// with `ip link`, one way with a blackhole route.
#include <doctest/doctest.h>

#include <thread>

#include "redis/fleet.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

struct Network {
  NetworkNamespace places[3];  ///< of the origin and of two followers
  sim::Exchange exchange{watched_market()};
  RedisServer redis{places[0].host() + " " + places[1].host() + " " + places[2].host()};
  std::unique_ptr<OriginMachine> origin;
  std::unique_ptr<FollowerMachine> followers[2];
  std::unique_ptr<Observer> observers[2];

  Network() {
    exchange.start();
    redis.start();
    origin =
        std::make_unique<OriginMachine>(exchange, url(0), std::vector<std::string>{}, &places[0]);
    for (std::size_t i = 0; i < 2; ++i) {
      followers[i] =
          std::make_unique<FollowerMachine>(url(i + 1), std::vector<std::string>{}, &places[i + 1]);
      observers[i] = std::make_unique<Observer>(exchange, followers[i]->here.segment());
    }
    for (const auto& observer : observers) {
      REQUIRE(soon([&] { return observer->all_live_for(2s); }));
      observer->forget();
    }
  }

  [[nodiscard]] std::string url(std::size_t place) const {
    return "redis://" + places[place].host() + ":" + std::to_string(redis.port());
  }

  /// The first follower is cut off for a while, the second is not.
  void check_cut(const std::function<void(bool)>& cut) {
    INFO("follower: ", followers[0]->daemon->err());
    cut(true);
    CHECK(soon([&] { return !followers[0]->is_live(); }));
    std::this_thread::sleep_for(3s);
    CHECK_FALSE(followers[0]->is_live());
    CHECK(soon([&] { return observers[1]->all_live_for(1s); }));
    CHECK_FALSE(followers[0]->is_live());
    cut(false);
    check_recovery(*observers[0], BootClock::now());
    for (const auto& observer : observers) check_truth(*observer);
  }
};

TEST_CASE("fault 68: a follower's link is cut, both ways and one way") {
  Network at;
  const NetworkNamespace& place = at.places[1];
  at.check_cut([&](bool on) { place.set_link(!on); });
  at.check_cut([&](bool on) { place.swallow_sent(on); });
  at.check_cut([&](bool on) { place.swallow_received(on); });
}

TEST_CASE("fault 68: the origin's link is cut, both ways and one way") {
  Network at;
  INFO("bridge: ", at.origin->bridge->err());
  const NetworkNamespace& place = at.places[0];
  for (int way = 0; way < 3; ++way) {
    const auto cut = [&](bool on) {
      if (way == 0) place.set_link(!on);
      if (way == 1) place.swallow_sent(on);
      if (way == 2) place.swallow_received(on);
    };
    cut(true);
    for (const auto& follower : at.followers) CHECK(soon([&] { return !follower->is_live(); }));
    std::this_thread::sleep_for(4s);
    for (const auto& follower : at.followers) CHECK_FALSE(follower->is_live());
    cut(false);
    for (const auto& observer : at.observers) check_recovery(*observer, BootClock::now());
  }
  for (const auto& observer : at.observers) check_truth(*observer);
}

}  // namespace
}  // namespace tickcache::test
