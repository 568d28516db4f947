// Which updates a reader gets of an account's orders, through every fault of rows 60 to 62, judged
// by an exchange that knows.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/daemon/account/model.hpp"

namespace tickcache::test {
namespace {

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("an order is seen within 6 s of each change, while nothing is pushed") {
  Model model;
  model.connect();
  model.run(seconds(20));
  const std::string id = model.place();
  model.run(seconds(6));
  CHECK(model.statuses(id) == Strings{"pending"});
  CHECK(model.seen.back().origin == Source::rest);
  model.change(id, "partially_filled", 4);
  model.run(seconds(6));
  CHECK(model.statuses(id) == Strings{"pending", "partially_filled"});
  model.change(id, "filled", 10);
  model.run(seconds(6));
  CHECK(model.statuses(id) == Strings{"pending", "partially_filled", "filled"});
  model.run(seconds(60));
  CHECK(model.seen.size() == 3);
  CHECK(model.orders().live());
}

TEST_CASE("fault 60: an order is filled while the connection is down") {
  Model model;
  model.connect();
  const std::string first = model.place();
  const std::string second = model.place();
  model.run(seconds(10));
  model.disconnect();
  model.run(seconds(30));
  model.change(first, "filled", 10);
  const std::string third = model.place();  // a market order: never open when asked
  model.run(seconds(1));
  model.change(third, "filled", 10);
  const Time connected = model.now();
  model.connect();
  CHECK(model.orders().gap_since_ns != 0);
  CHECK_FALSE(model.orders().live());
  model.run(seconds(1));
  CHECK(model.statuses(first) == Strings{"pending", "filled"});
  CHECK(model.statuses(second) == Strings{"pending"});
  CHECK(model.statuses(third) == Strings{"filled"});
  CHECK(model.seen.back().id == third);  // the oldest change first
  CHECK(model.orders().gap_since_ns == 0);
  CHECK(model.orders().live());
  CHECK(model.reconciled() >= connected);
  for (const Model::Seen& update : model.seen) CHECK_FALSE(update.after_gap);
}

TEST_CASE("fault 60: an order is filled while the daemon is stopped") {
  Model model;
  model.connect();
  const std::string id = model.place();
  model.add_history(3);
  model.run(seconds(10));
  const std::size_t before = model.seen.size();
  model.run(seconds(5));
  model.change(id, "cancelled", 3);
  model.restart();
  CHECK(model.orders().gap_since_ns != 0);
  model.connect();
  model.run(seconds(2));
  CHECK(model.statuses(id) == Strings{"pending", "cancelled"});
  CHECK(model.seen.size() == before + 1);
  CHECK(model.orders().gap_since_ns == 0);
}

TEST_CASE("without a change, a pass closes the gap and makes the orders live again") {
  Model model;
  model.connect();
  model.place();
  model.run(seconds(10));
  model.disconnect();
  model.run(seconds(5));
  model.connect(false);  // never acknowledged
  CHECK(model.orders().gap_since_ns != 0);
  model.run(seconds(3));
  CHECK(model.orders().gap_since_ns == 0);
  CHECK(model.orders().live());
  CHECK(model.seen.size() == 1);
}

TEST_CASE("fault 61: an update comes both ways") {
  Model model;
  model.connect();
  model.run(seconds(10));
  const std::string id = model.place();
  model.push(model.order(id));
  CHECK(model.count(Counter::orders) == 1);
  model.run(seconds(70));
  CHECK(model.statuses(id) == Strings{"pending"});
  CHECK(model.seen.back().origin == Source::websocket);
  // By REST first: the exchange pushes it later, and what it was before.
  model.settings.orders_poll = seconds(2);
  model.disconnect();
  model.connect();
  model.run(seconds(1));
  const ModelOrder before = model.order(id);
  model.change(id, "filled", 10);
  model.run(seconds(10));
  CHECK(model.statuses(id) == Strings{"pending", "filled"});
  model.push(before);
  model.push(model.order(id));
  model.run(seconds(10));
  CHECK(model.statuses(id) == Strings{"pending", "filled"});
}

TEST_CASE("while the exchange pushes updates, it is asked once a minute") {
  Model model;
  model.connect();
  model.run(seconds(10));
  const std::string id = model.place();
  model.push(model.order(id));
  model.run(seconds(60));
  model.requests.clear();
  model.run(seconds(600));
  CHECK(model.requests.size() <= 11);
  // It stops: the next pass finds out, and those after it come soon again.
  model.change(id, "filled", 10);
  model.run(seconds(62));
  CHECK(model.statuses(id) == Strings{"pending", "filled"});
  const std::string next = model.place();
  model.run(seconds(6));
  CHECK(model.statuses(next) == Strings{"pending"});
}

TEST_CASE("fault 62: more orders have changed than can be asked for: the gap stays and says so") {
  Model model;
  model.connect();
  model.add_history(10);
  model.run(seconds(20));
  model.seen.clear();
  model.disconnect();
  model.add_history(3000);
  model.run(seconds(5));
  CHECK(model.cuts == 0);
  const Time compared = model.reconciled();
  model.connect();
  while (model.cuts == 0 && model.now() < compared + seconds(60)) model.run(seconds(0.05));
  CHECK(model.cuts == 1);
  CHECK(model.reconciled() == compared);
  model.run(seconds(20));
  REQUIRE_FALSE(model.seen.empty());
  CHECK(model.seen.front().after_gap);
  CHECK(model.missed == 0);
  const std::size_t found = model.seen.size();
  CHECK(found < 3000);
  CHECK(found > 2000);
  // What follows is found as always.
  const std::string id = model.place();
  model.run(seconds(6));
  CHECK(model.statuses(id) == Strings{"pending"});
  CHECK(model.seen.size() == found + 1);
  CHECK(model.most_in_a_minute() <= 30);
}

TEST_CASE("an error is never an absence") {
  Model model;
  model.connect();
  const std::string id = model.place();
  model.run(seconds(10));
  model.fails = true;
  model.disconnect();
  model.connect();
  model.run(seconds(300));
  CHECK(model.statuses(id) == Strings{"pending"});
  CHECK(model.orders().gap_since_ns != 0);
  CHECK(model.count(Counter::rest_failed) > 5);
  CHECK(model.requests.size() < 60);
  model.fails = false;
  model.change(id, "expired", 0);
  model.run(seconds(60));
  CHECK(model.statuses(id) == Strings{"pending", "expired"});
  CHECK(model.orders().gap_since_ns == 0);
}

/// An order that the exchange's pages no longer show.
std::string old_order(Model& model) {
  const std::string id = model.place();
  model.run(seconds(6));
  model.add_history(50);
  model.run(seconds(6));
  model.add_history(60);
  model.run(seconds(6));
  return id;
}

TEST_CASE("fault 62: an error about one order holds up no other, and the gap stays") {
  Model model;
  model.connect();
  const std::string broken = old_order(model);
  const std::string other = model.place();
  model.run(seconds(6));
  model.disconnect();
  model.fails_of = broken;
  model.change(broken, "triggered", 1);  // no longer among the open ones
  model.change(other, "filled", 10);
  const Time compared = model.reconciled();
  model.connect();
  model.run(seconds(6));
  CHECK(model.statuses(other) == Strings{"pending", "filled"});
  CHECK(model.statuses(broken) == Strings{"pending"});
  CHECK(model.cuts == 1);
  CHECK(model.reconciled() == compared);
  const std::string next = model.place();
  model.run(seconds(6));
  CHECK(model.statuses(next) == Strings{"pending"});
  model.lookups.clear();
  model.run(seconds(120));
  CHECK(model.lookups.size() <= 3);
  CHECK(model.reconciled() == compared);
  model.fails_of.clear();
  model.run(seconds(70));
  CHECK(model.statuses(broken) == Strings{"pending", "triggered"});
  CHECK(model.reconciled() > compared);
  CHECK(model.orders().gap_since_ns == 0);
}

TEST_CASE("fault 62: an order that cannot be read holds up no other, and the gap stays") {
  Model model;
  model.connect();
  model.add_history(10);
  model.run(seconds(20));
  const Time compared = model.reconciled();
  model.disconnect();
  const std::string before = model.place();
  model.unreadable = model.place();
  const std::string after = model.place();
  model.connect();
  model.run(seconds(2));
  CHECK(model.statuses(before) == Strings{"pending"});
  CHECK(model.statuses(after) == Strings{"pending"});
  CHECK(model.cuts == 1);
  CHECK(model.reconciled() == compared);
  // What is older than all that is news is of no interest.
  model.add_history(1);
  model.run(seconds(12));
  const std::uint64_t cuts = model.cuts;
  model.run(seconds(60));
  CHECK(model.cuts == cuts);
  CHECK(model.reconciled() > compared);
}

TEST_CASE("more open orders than can be asked for one by one: each has its turn") {
  Model model;
  model.connect();
  Strings ids;
  for (int i = 0; i < 50; ++i) {
    ids.push_back(model.place());
    model.change(ids.back(), "triggered", 0);
  }
  model.run(seconds(6));
  model.add_history(3000);
  model.run(seconds(400));
  model.seen.clear();
  for (const std::string& id : ids) model.change(id, "expired", 0);
  model.run(seconds(400));
  for (const std::string& id : ids) {
    CAPTURE(id);
    CHECK(model.statuses(id) == Strings{"expired"});
  }
  CHECK(model.most_in_a_minute() <= 30);
}

TEST_CASE("more open orders than the exchange lists: the last by its id has its turn too") {
  Model model;
  model.connect();
  Strings ids;
  for (int i = 0; i < 30; ++i) ids.push_back(model.place());
  model.run(seconds(6));
  model.add_history(3000);
  model.run(seconds(60));
  for (int i = 0; i < 200; ++i) model.place();  // all that a list of open orders has
  model.run(seconds(60));
  for (int i = 0; i < 2; ++i) {
    const std::string last = *std::max_element(ids.begin(), ids.end());
    std::erase(ids, last);
    CAPTURE(last);
    model.change(last, "cancelled", 0);
    model.run(seconds(180));
    CHECK(model.statuses(last) == Strings{"pending", "cancelled"});
  }
  CHECK(model.most_in_a_minute() <= 30);
}

TEST_CASE("an order of an unknown status that does not change is asked for once a minute") {
  Model model;
  model.connect();
  const std::string id = old_order(model);
  model.change(id, "triggered", 0);
  model.run(seconds(6));
  CHECK(model.statuses(id) == Strings{"pending", "triggered"});
  model.run(seconds(60));
  model.lookups.clear();
  model.requests.clear();
  model.run(seconds(600));
  CHECK(model.lookups.size() >= 9);
  CHECK(model.lookups.size() <= 11);
  CHECK(model.requests.size() <= 145);
  // It is compared when it is asked for, and no later.
  model.lookups.clear();
  while (model.lookups.empty()) model.run(seconds(0.05));
  const Time asked = model.now();
  model.run(seconds(50));
  CHECK(model.reconciled() > asked - seconds(2));
  CHECK(model.reconciled() <= asked);
  model.change(id, "filled", 10);
  model.run(seconds(70));
  CHECK(model.statuses(id) == Strings{"pending", "triggered", "filled"});
}

TEST_CASE("fault 61: a list that was asked for before a push takes no unknown status back") {
  Model model;
  model.connect();
  model.run(seconds(20));
  const std::string id = model.place();
  const std::size_t before = model.requests.size();
  while (model.requests.size() == before) model.run(seconds(0.05));
  model.run(seconds(0.05));
  model.change(id, "triggered", 0, true);  // the list is on its way, and has it as pending
  model.run(seconds(0.5));
  CHECK(model.statuses(id) == Strings{"triggered"});
}

TEST_CASE("an old order that leaves the open ones is asked for by itself") {
  Model model;
  model.connect();
  const std::string id = model.place();
  model.run(seconds(10));
  for (int i = 0; i < 5; ++i) {
    model.add_history(50);
    model.run(seconds(6));
  }
  const std::size_t before = model.seen.size();
  model.change(id, "cancelled", 0);
  model.run(seconds(6));
  CHECK(model.statuses(id) == Strings{"pending", "cancelled"});
  CHECK(model.seen.size() == before + 1);
  CHECK(model.missed == 0);
}

TEST_CASE("an order that the exchange does not know is not asked for again") {
  Model model;
  model.connect();
  ModelOrder foreign;
  foreign.id = "foreign";
  model.push(foreign);
  model.run(seconds(200));
  CHECK(model.statuses("foreign") == Strings{"pending"});
  model.requests.clear();
  model.run(seconds(600));
  CHECK(model.requests.size() <= 121);
}

TEST_CASE("orders-poll 0: only after connecting") {
  Model model;
  model.settings.orders_poll = Time(0);
  model.configure();
  model.connect();
  model.run(seconds(5));
  model.requests.clear();
  model.run(seconds(600));
  CHECK(model.requests.empty());
  const std::string id = model.place();
  model.disconnect();
  model.connect();
  model.run(seconds(1));
  CHECK(model.statuses(id) == Strings{"pending"});
}

}  // namespace tickcache::test
