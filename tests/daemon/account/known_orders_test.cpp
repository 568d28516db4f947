// What is news about an order.
#include "daemon/core/known_orders.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace tickcache::daemon {
namespace {

Order order(std::string_view id, std::string_view status, std::string_view executed = {},
            Source origin = Source::rest) {
  Order result;
  result.id.assign(id);
  result.status.assign(status);
  result.origin = static_cast<std::uint8_t>(origin);
  if (const auto quantity = Decimal::parse(executed)) {
    result.set(Order::kExecutedQuantity, *quantity);
  }
  return result;
}

constexpr std::uint32_t kMost = 1000;

KnownOrders table() {
  return {kMost, [](std::uint32_t, const KnownOrders::State&) {}};
}

bool follows(const Order& next, const Order& before) {
  KnownOrders known = table();
  known.note(before, Time(1));
  return known.is_news(next, Time(1));
}

TEST_CASE("statuses only move forward") {
  const std::string_view kSteps[] = {"pending", "partially_filled", "filled"};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k < 3; ++k) {
      CAPTURE(i);
      CAPTURE(k);
      CHECK(follows(order("a", kSteps[k]), order("a", kSteps[i])) == (k > i));
    }
  }
  for (const std::string_view last : {"filled", "cancelled", "rejected", "expired"}) {
    CAPTURE(last);
    CHECK(is_final_status(last));
    CHECK(follows(order("a", last), order("a", "partially_filled", "1")));
    CHECK_FALSE(follows(order("a", "pending"), order("a", last)));
    CHECK_FALSE(follows(order("a", "cancelled"), order("a", last)));
  }
}

TEST_CASE("more executed is forward, and numbers are compared by value") {
  CHECK(follows(order("a", "partially_filled", "0.3"), order("a", "partially_filled", "0.20")));
  CHECK_FALSE(
      follows(order("a", "partially_filled", "0.30"), order("a", "partially_filled", "0.3")));
  CHECK_FALSE(
      follows(order("a", "partially_filled", "0.1"), order("a", "partially_filled", "0.3")));
  CHECK(follows(order("a", "cancelled", "0.3"), order("a", "cancelled")));
  CHECK_FALSE(follows(order("a", "pending", "0.3"), order("a", "partially_filled", "0.2")));
  CHECK(follows(order("a", "filled", "9000000000000000000"), order("a", "filled", "8.9")));
}

TEST_CASE("an unknown status never blocks") {
  CHECK(follows(order("a", "triggered"), order("a", "pending")));
  CHECK(follows(order("a", "pending"), order("a", "triggered")));
  CHECK(follows(order("a", "filled", "1"), order("a", "triggered")));
  CHECK_FALSE(follows(order("a", "triggered"), order("a", "triggered")));
  CHECK_FALSE(follows(order("a", "triggered"), order("a", "filled")));
  CHECK_FALSE(is_final_status("triggered"));
}

TEST_CASE("what is pushed after it was requested is a repetition; what is pushed twice is not") {
  KnownOrders known = table();
  known.note(order("a", "filled", "1", Source::rest), Time(1));
  const auto is_outdated = [&](std::string_view id, std::string_view status,
                               std::string_view executed = {}) {
    return known.is_outdated(order(id, status, executed, Source::websocket), Time(2));
  };
  CHECK(is_outdated("a", "filled", "1.0"));
  CHECK(is_outdated("a", "pending"));
  known.note(order("b", "pending", {}, Source::websocket), Time(1));
  CHECK_FALSE(is_outdated("b", "pending"));
  CHECK_FALSE(is_outdated("b", "triggered"));
  CHECK_FALSE(is_outdated("c", "pending"));
  known.note(order("b", "triggered", {}, Source::websocket), Time(1));
  CHECK_FALSE(is_outdated("b", "pending"));
  known.note(order("b", "filled", "1", Source::websocket), Time(1));
  CHECK(is_outdated("b", "pending"));
  CHECK(is_outdated("b", "triggered"));
}

TEST_CASE("of a status that is not known, time tells what is further") {
  KnownOrders known = table();
  known.note(order("a", "triggered", "0.5", Source::websocket), Time(10));
  // The page was asked for before the exchange pushed.
  CHECK_FALSE(known.is_news(order("a", "pending", "0.5"), Time(9)));
  CHECK_FALSE(known.is_news(order("a", "pending", "0.4"), Time(11)));
  CHECK(known.is_news(order("a", "pending", "0.5"), Time(11)));
  CHECK(known.is_news(order("a", "partially_filled", "0.6"), Time(9)));
  CHECK(known.is_news(order("a", "filled", "0.5"), Time(9)));
  known.note(order("b", "pending", {}, Source::websocket), Time(10));
  CHECK_FALSE(known.is_news(order("b", "triggered"), Time(9)));
  CHECK(known.is_news(order("b", "triggered"), Time(11)));
  CHECK(known.is_news(order("b", "partially_filled", "1"), Time(9)));
}

TEST_CASE("the next run forgets the oldest too, wherever it is in the table") {
  constexpr std::uint32_t kFew = 8;
  std::vector<KnownOrders::State> kept(kFew);
  const auto keep = [&](std::uint32_t slot, const KnownOrders::State& state) {
    kept.at(slot) = state;
  };
  std::int64_t at = 0;
  const auto add = [&](KnownOrders& known) {
    ++at;
    known.note(order("order-" + std::to_string(at), "filled"), Time(at));
  };
  KnownOrders first(kFew, keep);
  while (at < kFew + 3) add(first);  // the newest are in the first slots again
  KnownOrders next(kFew, keep);
  next.load(kept);
  add(next);
  CHECK_FALSE(next.is_known("order-4"));
  for (std::int64_t i = 5; i <= at; ++i) {
    CAPTURE(i);
    CHECK(next.is_known("order-" + std::to_string(i)));
  }
}

TEST_CASE("an order that the exchange does not have is forgotten, and its slot used again") {
  constexpr std::uint32_t kFew = 3;
  std::vector<KnownOrders::State> kept(kFew);
  int keeps = 0;
  const auto keep = [&](std::uint32_t slot, const KnownOrders::State& state) {
    kept.at(slot) = state;
    ++keeps;
  };
  KnownOrders known(kFew, keep);
  known.note(order("a", "pending"), Time(1));
  known.note(order("b", "pending"), Time(1));
  known.note(order("c", "filled"), Time(1));
  known.forget("b");
  CHECK_FALSE(known.is_known("b"));
  CHECK(known.open() == std::vector<std::string>{"a"});
  CHECK(known.is_news(order("b", "pending"), Time(1)));
  CHECK(kept[1].id.empty());
  CHECK(keeps == 4);
  known.forget("b");
  known.forget("z");
  CHECK(keeps == 4);

  SUBCASE("in the same run") {}
  SUBCASE("in the next one") {
    known = KnownOrders(kFew, keep);
    known.load(kept);
    CHECK(known.open() == std::vector<std::string>{"a"});
  }
  known.note(order("d", "pending"), Time(2));
  CHECK(kept[1].id == "d");
  CHECK(known.is_known("c"));  // no other had to go for it
  CHECK(known.open() == std::vector<std::string>{"a", "d"});
  // The table is full again, and its newest order not in its last slot.
  known.note(order("e", "pending"), Time(3));
  known.note(order("f", "pending"), Time(3));
  CHECK(known.open() == std::vector<std::string>{"d", "e", "f"});
}

TEST_CASE("beyond its limit the table forgets the oldest final orders, and open ones last") {
  KnownOrders known = table();
  known.note(order("open", "pending"), Time(1));
  for (std::uint32_t i = 0; i < kMost; ++i) {
    known.note(order("final-" + std::to_string(i), "filled"), Time(1));
  }
  CHECK(known.is_known("open"));
  CHECK_FALSE(known.is_known("final-0"));
  CHECK(known.is_known("final-1"));
  for (std::uint32_t i = 0; i < kMost + 10; ++i) {
    known.note(order("pending-" + std::to_string(i), "pending"), Time(1));
  }
  CHECK_FALSE(known.has_final());
  CHECK(known.open().size() == kMost);
}

}  // namespace
}  // namespace tickcache::daemon
