// Orders and portfolio of an exchange that acknowledges their channels and never sends anything on
// them: they come by REST.
#include <signal.h>

#include <string>
#include <vector>

#include "e2e/installation.hpp"
#include "tickcache/feed.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

constexpr auto kSeen = 6s;
constexpr sim::Tell kSilently = sim::Tell::rest_only;

sim::Options silent_exchange() {
  sim::Options options;
  options.rate = 100;
  return options;
}

std::vector<std::string> with_rest(const sim::Exchange& exchange) {
  auto arguments = everything_from(exchange);
  arguments.emplace_back("--rest=true");
  return arguments;
}

/// The statuses of an order that a program sees which follows the updates.
class Follower {
 public:
  explicit Follower(const std::string& segment) : feed_(segment) {
    feed_.on_order_update([this](const OrderUpdate& update) {
      updates_.push_back(update.order);
      missed_ += update.missed;
    });
  }

  Strings statuses(std::string_view id) {
    while (feed_.poll() > 0) {
    }
    Strings result;
    for (const Order& order : updates_) {
      if (order.id.view() == id) result.emplace_back(order.status.view());
    }
    return result;
  }
  [[nodiscard]] std::uint64_t missed() const { return missed_; }
  [[nodiscard]] const std::vector<Order>& updates() const { return updates_; }

 private:
  Feed feed_;
  std::vector<Order> updates_;
  std::uint64_t missed_ = 0;
};

bool is_reconciled(Reader& reader) {
  Order newest[1];
  const ListResult orders = reader.orders(newest);
  return is_up(reader) && orders.gap_since_ns == 0 && (orders.count == 0 || orders.live());
}

TEST_CASE("an order that the WebSocket never tells of is seen within 6 s of each change") {
  sim::Exchange exchange(silent_exchange());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(with_rest(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return counter_of(reader, Counter::portfolios) > 0; }));
  Follower follower(here.segment());

  const std::string id = exchange.place_order({}, kSilently);
  CHECK(soon([&] { return follower.statuses(id) == Strings{"pending"}; }, kSeen));
  REQUIRE(exchange.fill_order(id, "60000.00000000", "0.00400000", kSilently));
  CHECK(soon([&] { return follower.statuses(id).size() == 2; }, kSeen));
  const std::uint64_t portfolios = counter_of(reader, Counter::portfolios);
  REQUIRE(exchange.fill_order(id, "60000.00000000", {}, kSilently));
  CHECK(soon([&] { return follower.statuses(id).size() == 3; }, kSeen));
  CHECK(follower.statuses(id) == Strings{"pending", "partially_filled", "filled"});
  for (const Order& order : follower.updates()) {
    CHECK(static_cast<Source>(order.origin) == Source::rest);
  }
  CHECK(follower.missed() == 0);
  const Outcome listed = here.ask({"orders"});
  CHECK(listed.code == 0);
  CHECK(has(listed.out, "filled"));
  CHECK(soon([&] { return counter_of(reader, Counter::portfolios) > portfolios; }, kSeen));
  const Result<Portfolio> portfolio = reader.portfolio();
  CHECK(portfolio.live());
  CHECK_FALSE(portfolio.value.total_equity.empty());
}

TEST_CASE("fault 60: orders change while the connection is down, and while the daemon is stopped") {
  sim::Exchange exchange(silent_exchange());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  auto daemon = here.start(with_rest(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return is_reconciled(reader); }));
  Follower follower(here.segment());
  const std::string first = exchange.place_order({}, kSilently);
  const std::string second = exchange.place_order({}, kSilently);
  REQUIRE(soon([&] { return follower.statuses(second).size() == 1; }));

  exchange.stop_accepting();
  exchange.drop_all();
  REQUIRE(soon([&] { return !is_up(reader); }));
  exchange.fill_order(first, "60000.00000000", {}, kSilently);
  exchange.accept_again();
  REQUIRE(soon([&] { return follower.statuses(first).size() == 2; }));
  CHECK(soon([&] { return is_reconciled(reader); }));

  daemon->signal(SIGKILL);
  daemon->wait();
  exchange.cancel_order(second, kSilently);
  daemon = here.start(with_rest(exchange));
  REQUIRE(soon([&] { return follower.statuses(second).size() == 2; }));
  CHECK(soon([&] { return is_reconciled(reader); }));
  CHECK(follower.statuses(first) == Strings{"pending", "filled"});
  CHECK(follower.statuses(second) == Strings{"pending", "cancelled"});
  for (const Order& order : follower.updates()) CHECK(order.gap_since_ns == 0);
}

TEST_CASE("fault 61: an update that comes by WebSocket and by REST is there once") {
  sim::Exchange exchange(silent_exchange());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(with_rest(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return is_reconciled(reader); }));
  Follower follower(here.segment());
  const std::string id = exchange.place_order({});
  REQUIRE(soon([&] { return follower.statuses(id).size() == 1; }));
  exchange.fill_order(id, "60000.00000000");
  REQUIRE(soon([&] { return follower.statuses(id).size() == 2; }));
  exchange.drop_all();
  REQUIRE(
      soon([&] { return counter_of(reader, Counter::connects) == 2 && is_reconciled(reader); }));
  CHECK(follower.statuses(id) == Strings{"pending", "filled"});
}

TEST_CASE("fault 59: the account has few requests left: no request of ours is refused") {
  sim::Options options = silent_exchange();
  sim::Exchange exchange(options);
  exchange.start();
  exchange.spend_trade_requests(61);
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(with_rest(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return counter_of(reader, Counter::portfolios) > 0; }));
  CHECK(soon([&] { return has(daemon->err(), "few requests left"); }));
  CHECK(counter_of(reader, Counter::rest_failed) == 0);
}

}  // namespace
}  // namespace tickcache::test
