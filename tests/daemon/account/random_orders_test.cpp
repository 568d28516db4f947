// Which updates a reader gets while anything may happen, judged by an exchange that knows.
#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "support/seed.hpp"
#include "tests/daemon/account/model.hpp"

namespace tickcache::test {
namespace {

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("1,000 orders through drops and restarts: every final state once, none backwards") {
  const auto seed = seed_or(20'261'126);
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto chance = [&](unsigned one_in) { return random() % one_in == 0; };
  Model model;
  model.connect();
  model.run(seconds(1));
  Strings open;
  std::size_t placed = 0;
  bool up = true;
  Time reconnect_at{};
  while (placed < 1000 || !open.empty()) {
    if (placed < 1000 && open.size() < 60 && chance(2)) {
      open.push_back(model.place());
      ++placed;
      if (chance(3)) model.push(model.order(open.back()));
    }
    for (std::size_t i = 0; i < open.size();) {
      const ModelOrder order = model.order(open[i]);
      const bool pushed = chance(3);
      bool is_over = false;
      if (chance(40)) {
        is_over = true;
        constexpr const char* kEnds[] = {"filled", "cancelled", "rejected", "expired"};
        const std::string end = kEnds[random() % 4];
        model.change(open[i], end, end == "filled" ? 10 : order.executed, pushed);
        if (chance(10)) model.push(order);  // late
      } else if (order.executed < 9 && chance(30)) {
        model.change(open[i], "partially_filled", order.executed + 1, pushed);
      }
      if (is_over) {
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        ++i;
      }
    }
    if (up && chance(60)) {
      chance(2) ? model.restart() : model.disconnect();
      up = false;
      reconnect_at = model.now() + seconds(static_cast<double>(random() % 20));
    } else if (!up && model.now() >= reconnect_at) {
      model.connect(!chance(4));
      up = true;
    }
    model.fails = chance(30);
    model.run(seconds(static_cast<double>(random() % 20) / 10));
  }
  if (!up) model.connect();
  model.fails = false;
  model.run(seconds(120));

  CHECK(model.missed == 0);
  CHECK(model.orders().gap_since_ns == 0);
  const auto rank = [](const std::string& status) {
    return status == "pending" ? 0 : status == "partially_filled" ? 1 : 2;
  };
  std::map<std::string, Model::Seen> last;
  std::map<std::string, int> ends;
  std::int64_t received = 0;
  for (const Model::Seen& update : model.seen) {
    CHECK(update.received_ns > received);
    received = update.received_ns;
    const auto before = last.find(update.id);
    if (before != last.end()) {
      CAPTURE(update.id);
      CHECK(rank(update.status) >= rank(before->second.status));
      CHECK(update.executed >= before->second.executed);
    }
    if (rank(update.status) == 2) ++ends[update.id];
    last[update.id] = update;
  }
  for (std::size_t i = 0; i < placed; ++i) {
    const std::string id = "order-" + std::to_string(i);
    CAPTURE(id);
    CHECK(last[id].status == model.order(id).status);
    CHECK(last[id].executed == model.order(id).executed);
    CHECK(ends[id] == 1);
  }
  CHECK(model.most_in_a_minute() <= 30);
}

}  // namespace tickcache::test
