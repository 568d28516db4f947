#include "sim/orders.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/decimal.hpp"
#include "sim/rate_limit.hpp"

using namespace tickcache::sim;
using namespace std::chrono_literals;

namespace {

struct Desk {
  Options options;
  Clock clock{0ms};
  Orders orders{options, clock};
  std::vector<OrderUpdate> published;

  Desk() {
    orders.publish = [this](const OrderUpdate& update) { published.push_back(update); };
  }
  std::string shown(const std::string& id) const {
    const Order* const order = orders.find(id);
    return order == nullptr ? "" : order->update.status;
  }
};

}  // namespace

TEST_CASE("an order lives and is filled") {
  Desk desk;
  const std::string id = desk.orders.place({}, Tell::everywhere);
  CHECK(id.size() == 36);
  CHECK(desk.orders.locked_cash() == 600'60000000);
  CHECK(desk.orders.fill(id, "60000", "0.004", Tell::everywhere));
  CHECK(desk.orders.fill(id, "59999", {}, Tell::everywhere));
  CHECK_FALSE(desk.orders.fill(id, "59999", {}, Tell::everywhere));
  CHECK_FALSE(desk.orders.cancel(id, Tell::everywhere));
  REQUIRE(desk.published.size() == 3);
  CHECK(desk.published[0].status == "pending");
  CHECK(desk.published[1].status == "partially_filled");
  CHECK(desk.published[1].executed_quantity == "0.00400000");
  CHECK(desk.published[2].status == "filled");
  CHECK(desk.published[2].executed_quantity == "0.01000000");
  CHECK(desk.published[2].fee == "0.59999400");
  CHECK(desk.orders.locked_cash() == 0);
}

TEST_CASE("an order ends in other ways") {
  Desk desk;
  const std::string cancelled = desk.orders.place({}, Tell::everywhere);
  const std::string rejected = desk.orders.place({}, Tell::everywhere);
  const std::string expired = desk.orders.place({}, Tell::everywhere);
  CHECK(desk.orders.cancel(cancelled, Tell::everywhere));
  CHECK(desk.orders.reject(rejected, "no money", Tell::everywhere));
  CHECK(desk.orders.expire(expired, Tell::everywhere));
  CHECK_FALSE(desk.orders.expire("no such id", Tell::everywhere));
  REQUIRE(desk.published.size() == 6);
  CHECK(desk.published[3].cancelled_at);
  CHECK(desk.published[4].rejected_reason == "no money");
  CHECK(desk.published[5].status == "expired");
  CHECK(desk.shown(rejected) == "rejected");
  const auto all = desk.orders.list([](const Order&) { return true; });
  REQUIRE(all.size() == 3);
  CHECK(all[0]->update.order_id == expired);
}

TEST_CASE("an update can be lost, or lost on the WebSocket only") {
  Desk desk;
  const std::string id = desk.orders.place({}, Tell::rest_only);
  CHECK(desk.published.empty());
  CHECK(desk.shown(id) == "pending");
  CHECK(desk.orders.fill(id, "60000", "0.004", Tell::nowhere));
  CHECK(desk.shown(id) == "pending");
  CHECK(desk.orders.cancel(id, Tell::rest_only));
  CHECK(desk.shown(id) == "cancelled");
  CHECK(desk.orders.find(id)->update.executed_quantity == "0.00400000");
  CHECK(desk.published.empty());
  CHECK(desk.shown(desk.orders.place({}, Tell::nowhere)).empty());
}

TEST_CASE("a generated order is remembered, one that the risk check refused is not") {
  Desk desk;
  OrderUpdate update;
  update.order_id = "1883fdfb-249b-58f5-b445-87dff6eabc06";
  update.status = "rejected";
  desk.orders.note(update);
  CHECK(desk.orders.find(update.order_id) == nullptr);
  update.status = "pending";
  desk.orders.note(update);
  update.status = "filled";
  desk.orders.note(update);
  CHECK(desk.shown(update.order_id) == "filled");
  CHECK(desk.orders.list([](const Order&) { return true; }).size() == 1);
  for (int i = 0; i < 10'000; ++i) desk.orders.place({}, Tell::rest_only);
  CHECK(desk.orders.find(update.order_id) == nullptr);  // the oldest is forgotten
  CHECK(desk.orders.list([](const Order&) { return true; }).size() == 10'000);
}

TEST_CASE("requests are counted in minutes of the clock") {
  RateLimit limit(3);
  CHECK(limit.take(119));
  CHECK(limit.take(119, 2));
  CHECK_FALSE(limit.take(119));
  CHECK(limit.remaining() == 0);
  CHECK(limit.reset(119) == 120);
  CHECK(limit.take(120));
  CHECK(limit.remaining() == 2);
}

TEST_CASE("a quotient has 28 significant digits") {
  CHECK(quotient_text(-50'9768599600, 645'9098803696) == "-0.07892255794388873968600499161");
  CHECK(quotient_text(1, 3) == "0.3333333333333333333333333333");
  CHECK(quotient_text(100, 8) == "12.5");
  CHECK(quotient_text(0, 8) == "0");
}
