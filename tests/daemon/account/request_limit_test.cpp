// Fault 59: the account's requests are limited, and its agents need them too.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "support/seed.hpp"
#include "tests/daemon/account/model.hpp"

namespace tickcache::test {
namespace {

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("fault 59: few requests are left: they are left to the agents") {
  Model model;
  model.connect();
  model.place();
  model.run(seconds(145));  // just after a minute began
  model.others = 58;
  model.run(seconds(10));
  const std::size_t before = model.requests.size();
  model.run(seconds(40));
  CHECK(model.requests.size() <= before + 1);
  model.run(seconds(20));
  CHECK(model.requests.size() > before + 1);
  CHECK(model.refused == 0);
  // None at all are left: the refusal is obeyed.
  model.others = 100;
  model.run(seconds(600));
  CHECK(model.refused <= 1);
  CHECK(model.most_in_a_minute() <= 30);
}

TEST_CASE("fault 59: a refusal is obeyed, even if nothing is said about what is left") {
  Model model;
  model.tells_limit = false;
  model.connect();
  model.place();
  model.run(seconds(145));
  model.others = 100;
  model.run(seconds(30));
  CHECK(model.refused == 1);
  model.run(seconds(60));  // the next minute has begun
  CHECK(model.refused == 1);
  CHECK(model.seen.size() == 1);
  const std::string id = model.place();
  model.run(seconds(6));
  CHECK(model.statuses(id) == Strings{"pending"});
}

TEST_CASE("fault 59: 60 orders of an agent a minute meet no refusal") {
  const auto seed = seed_or(20'261'126);
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  Model model;
  model.settings.orders_poll = seconds(0.5);
  model.configure();
  model.connect();
  std::uint64_t agent_refused = 0;
  for (int i = 0; i < 1200; ++i) {
    model.run(seconds(0.5));
    // In bursts, the whole minute's at once or not.
    for (auto burst = random() % 16; burst > 0 && random() % 4 != 0 && model.others < 60; --burst) {
      const std::string id = model.place();
      if (!model.agent_asks()) ++agent_refused;
      model.change(id, "filled", 10);
    }
  }
  CHECK(agent_refused == 0);
  CHECK(model.seen.size() > 500);
  CHECK(model.refused == 0);
  CHECK(model.most_in_a_minute() <= 30);
}

}  // namespace tickcache::test
