// Orders and portfolio of an exchange that acknowledges their channels and never sends anything on
// them: they come by REST.
#include <signal.h>

#include <chrono>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "e2e/installation.hpp"
#include "sim/rest_client.hpp"
#include "support/seed.hpp"
#include "tickcache/feed.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

constexpr sim::Tell kSilently = sim::Tell::rest_only;

sim::Options silent_exchange() {
  sim::Options options;
  options.rate = 100;
  return options;
}

/// It acknowledges orders and portfolio, and sends nothing on them, whatever it is told.
sim::Options real_exchange() {
  sim::Options options = silent_exchange();
  options.only_tickers = true;
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

  void poll() {
    while (feed_.poll() > 0) {
    }
  }
  Strings statuses(std::string_view id) {
    poll();
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

/// Those that `tickcache orders` lists.
Strings listed_statuses(Installation& here, const std::string& id) {
  Strings result;
  std::istringstream lines(here.ask({"orders", "-n", "1000", "--json"}).out);
  for (std::string line; std::getline(lines, line);) {
    if (!has(line, "\"order_id\":\"" + id + '"')) continue;
    constexpr std::string_view kStatus = "\"status\":\"";
    std::size_t from = line.find(kStatus);
    REQUIRE(from != line.npos);
    from += kStatus.size();
    result.push_back(line.substr(from, line.find('"', from) - from));
  }
  return result;
}

// That it takes 6 s at most: reconciliation_test, whose clock no load delays.
TEST_CASE("each change of an order that the WebSocket never tells of is seen") {
  sim::Exchange exchange(real_exchange());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(with_rest(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return counter_of(reader, Counter::portfolios) > 0; }));
  Follower follower(here.segment());

  const std::string id = exchange.place_order({});
  const auto are_seen = [&](const Strings& statuses) {
    return soon([&] { return follower.statuses(id) == statuses; }) &&
           listed_statuses(here, id) == statuses;
  };
  CHECK(are_seen({"pending"}));
  REQUIRE(exchange.fill_order(id, "60000.00000000", "0.00400000"));
  CHECK(are_seen({"pending", "partially_filled"}));
  const std::uint64_t portfolios = counter_of(reader, Counter::portfolios);
  REQUIRE(exchange.fill_order(id, "60000.00000000"));
  CHECK(are_seen({"pending", "partially_filled", "filled"}));
  for (const Order& order : follower.updates()) {
    CHECK(static_cast<Source>(order.origin) == Source::rest);
  }
  CHECK(follower.missed() == 0);
  const Outcome listed = here.ask({"orders"});
  CHECK(listed.code == 0);
  CHECK(has(listed.out, "  rest  " + id));
  CHECK(soon([&] { return counter_of(reader, Counter::portfolios) > portfolios; }));
  const Result<Portfolio> portfolio = reader.portfolio();
  CHECK(portfolio.live());
  CHECK_FALSE(portfolio.value.total_equity.empty());
  CHECK(exchange.counts().orders == 0);
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

/// How often the exchange was asked about orders.
std::uint64_t asked_about_orders(const sim::Exchange& exchange) {
  std::uint64_t count = 0;
  for (const auto& [path, requests] : exchange.counts().rest) {
    if (has(path, "/trade/order") && !path.ends_with("/trade/order")) count += requests;
  }
  return count;
}

/// An agent that places orders by REST, over a connection of its own.
class Agent {
 public:
  explicit Agent(const sim::Exchange& exchange) : client_(exchange.port()) {}

  /// The status of the answer.
  unsigned place() {
    client_.send("POST", "/api/v1/trade/order", "X-API-Key: ak_agent\r\n",
                 R"({"symbol":"BTCUSDT","side":"buy","type":"limit","quantity":"0.001",)"
                 R"("price":"100"})");
    return client_.receive().value().status;
  }

 private:
  sim::RestClient client_;
};

TEST_CASE("fault 59: 60 orders of an agent within a minute, while the daemon asks all it may") {
  sim::Exchange exchange(real_exchange());
  exchange.start();
  exchange.begin_minute();
  Installation here;
  Reader reader = here.reader();
  auto arguments = with_rest(exchange);
  arguments.insert(arguments.end(), {"--orders-poll", "0.1"});
  const auto daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  const auto asked = [&] { return asked_about_orders(exchange); };
  Agent agent(exchange);
  const auto place = [&](int orders) {
    for (int i = 0; i < orders; ++i) {
      CHECK(agent.place() == 201);
      // A fifth of a second, in which the daemon may ask.
      const std::uint64_t ticks = exchange.counts().ticks_sent + 20;
      CHECK(exchange.wait_for([&](const sim::Counts& sent) { return sent.ticks_sent >= ticks; },
                              kPatience));
    }
  };
  // Until it has spent its own part, and on.
  constexpr std::uint64_t kMost = 30;
  place(30);
  CHECK(soon([&] { return asked() >= kMost; }));
  place(30);
  CHECK(asked() == kMost);
  CHECK(counter_of(reader, Counter::rest_failed) == 0);
  // The limit is there: the agent meets it when it spends the rest itself.
  std::uint64_t more = 0;
  while (agent.place() == 201) ++more;
  CHECK(more == 100 - kMost - 60);
}

/// Orders that change at random, each way of the four that the exchange may tell of it or not.
class RandomOrders {
 public:
  RandomOrders(sim::Exchange& exchange, std::uint64_t seed) : exchange_(exchange), random_(seed) {}

  std::uint64_t draw(std::uint64_t below) { return random_() % below; }

  void place() {
    const std::string id = exchange_.place_order({}, tell());
    open_.push_back(id);
    statuses_[id] = "pending";
  }
  /// Changes one that is open, perhaps; ends it if `last`.
  void change(bool last = false) {
    if (open_.empty()) return;
    const std::size_t which = draw(open_.size());
    const std::string id = open_[which];
    const std::uint64_t how = draw(last ? 4 : 8);
    std::string& status = statuses_[id];
    if (how >= 4) {  // of 0.01; ten parts at most
      if (++parts_[id] >= 10) return;
      status = "partially_filled";
      CHECK(exchange_.fill_order(id, "60000", "0.001", tell()));
      return;
    }
    constexpr const char* kEnds[] = {"filled", "cancelled", "rejected", "expired"};
    status = kEnds[how];
    CHECK((how == 0   ? exchange_.fill_order(id, "60000", {}, tell())
           : how == 1 ? exchange_.cancel_order(id, tell())
           : how == 2 ? exchange_.reject_order(id, "margin", tell())
                      : exchange_.expire_order(id, tell())));
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
  }
  void end_all() {
    while (!open_.empty()) change(true);
  }
  /// The present status of each.
  [[nodiscard]] const std::map<std::string, std::string>& statuses() const { return statuses_; }
  [[nodiscard]] std::size_t open() const { return open_.size(); }

 private:
  sim::Tell tell() { return draw(3) == 0 ? sim::Tell::everywhere : kSilently; }

  sim::Exchange& exchange_;
  std::mt19937_64 random_;
  std::vector<std::string> open_;
  std::map<std::string, std::string> statuses_;
  std::map<std::string, int> parts_;
};

int rank_of(std::string_view status) {
  return status == "pending" ? 0 : status == "partially_filled" ? 1 : 2;
}

TEST_CASE("fault 60: 1,000 orders through drops, kill -9 and restarts of the daemon") {
  constexpr std::size_t kOrders = 1000;
  constexpr std::uint64_t kTired = 20;  // requests of a run of the daemon, of 30
  constexpr auto kAtMost = 250ms;       // between two events
  const auto seed = seed_or(20'261'126);
  MESSAGE("TICKCACHE_TEST_SEED=", seed);
  sim::Options options = silent_exchange();
  options.trade_limit = 1'000'000;  // each run of the daemon has its 30 requests a minute
  sim::Exchange exchange(options);
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  auto arguments = with_rest(exchange);
  arguments.insert(arguments.end(), {"--orders-poll", "0.2", "--portfolio-poll", "0", "--audit",
                                     "0", "--backoff-min", "0.02", "--backoff-max", "0.05"});
  auto daemon = here.start(arguments);
  REQUIRE(soon([&] { return is_reconciled(reader); }));
  Follower follower(here.segment());
  RandomOrders orders(exchange, seed);
  const auto act = [&](std::size_t placed) {
    for (std::size_t i = 0; i < placed; ++i) {
      orders.place();
      while (orders.draw(4) != 0) orders.change();
    }
    follower.poll();
  };
  std::size_t kills = 0;
  std::size_t drops = 0;
  const auto asked = [&] { return asked_about_orders(exchange); };
  std::uint64_t spent = asked();
  while (orders.statuses().size() < kOrders) {
    act(2 + orders.draw(10));
    // On, in the middle of what it publishes, or before it has begun, or when it is done.
    const std::size_t wanted = follower.updates().size() + orders.draw(12);
    const auto has_come = [&] {
      follower.poll();
      return follower.updates().size() >= wanted || asked() >= spent + kTired;
    };
    static_cast<void>(soon(has_come, kAtMost));
    const std::uint64_t what = asked() >= spent + kTired ? orders.draw(2) : orders.draw(8);
    if (what < 2) {
      what == 0 ? daemon->kill() : static_cast<void>(daemon->stop());
      ++kills;
      act(orders.draw(4));
      daemon = here.start(arguments);
      spent = asked();
    } else if (what == 2) {
      drops += exchange.drop_all(orders.draw(2) == 0);
    } else if (what == 3) {
      exchange.stop_accepting();
      drops += exchange.drop_all();
      act(1 + orders.draw(4));
      // Another program may have the port for a moment.
      const auto accepts = [&] {
        try {
          exchange.accept_again();
          return true;
        } catch (const std::runtime_error&) {
          return false;
        }
      };
      REQUIRE(soon(accepts));
    }
  }
  orders.end_all();
  daemon->kill();
  daemon = here.start(arguments);
  INFO("tickcached: ", daemon->err());
  const auto is_complete = [&] {
    follower.poll();
    std::set<std::string> ended;
    for (const Order& order : follower.updates()) {
      if (rank_of(order.status.view()) == 2) ended.emplace(order.id.view());
    }
    return ended.size() == orders.statuses().size() && is_reconciled(reader);
  };
  CHECK(soon(is_complete));
  MESSAGE(kills, " kills and restarts, ", drops, " drops, ", follower.updates().size(), " updates");
  CHECK(kills > 10);
  CHECK(drops > 5);
  CHECK(follower.missed() == 0);
  Order newest[1];
  CHECK(reader.orders(newest).gap_since_ns == 0);

  std::map<std::string, Order> last;
  std::map<std::string, int> ends;
  for (const Order& order : follower.updates()) {
    const std::string id(order.id.view());
    CAPTURE(id);
    const int rank = rank_of(order.status.view());
    if (const auto before = last.find(id); before != last.end()) {
      CHECK(rank >= rank_of(before->second.status.view()));
      CHECK(order.executed_quantity() >= before->second.executed_quantity());
    }
    if (rank == 2) ++ends[id];
    last[id] = order;
  }
  for (const auto& known : orders.statuses()) {
    CAPTURE(known.first);
    CHECK(last[known.first].status.view() == known.second);
    CHECK(ends[known.first] == 1);
  }
}

}  // namespace
}  // namespace tickcache::test
