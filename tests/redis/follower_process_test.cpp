// A follower has what the origin has: the built programs around a real Redis.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "encode/line.hpp"
#include "redis/fleet.hpp"
#include "support/http_client.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

sim::Options busy() {
  sim::Options options = watched_market();
  options.orders_per_second = 5;
  options.portfolio_per_second = 2;
  options.candle_every = 1s;
  return options;
}

struct Fleet {
  sim::Exchange exchange;
  RedisServer redis;

  explicit Fleet(const sim::Options& options = busy()) : exchange(options) {
    exchange.start();
    redis.start();
  }
};

/// How long all flows; TICKCACHE_FLEET_SECONDS in the environment asks for more.
std::chrono::seconds flow_time() {
  const char* const asked = std::getenv("TICKCACHE_FLEET_SECONDS");
  return std::chrono::seconds(asked == nullptr ? 3 : std::atoi(asked));
}

TEST_CASE(
    "redis: two followers have every price, count, order, candle and portfolio of the origin") {
  sim::Options options = busy();
  options.rate = 5600;
  Fleet at(options);
  OriginMachine origin(at.exchange, at.redis.url());
  FollowerMachine first(at.redis.url());
  FollowerMachine second(at.redis.url());
  INFO("bridge: ", origin.bridge->err());
  INFO("follower: ", first.daemon->err());
  REQUIRE(soon([&] { return first.is_live() && second.is_live(); }));
  CHECK(has(first.here.ask({"status"}).out, "candles:BTCUSDT:1m: acknowledged"));
  std::this_thread::sleep_for(flow_time());
  at.exchange.pause_data(true);
  Reader there = origin.here.reader();
  MESSAGE(counter_of(there, Counter::ticks), " ticks in ", flow_time().count(), " s");
  for (FollowerMachine* const follower : {&first, &second}) {
    Reader here = follower->here.reader();
    CHECK(soon([&] { return have_same_prices(there, here); }));
    CHECK(status_of(here)->symbols == 620);

    std::vector<Order> orders(100);
    std::vector<Order> expected(100);
    const ListResult list = here.orders(orders);
    REQUIRE(there.orders(expected).count == list.count);
    CHECK(list.count > 5);
    CHECK(list.live());
    for (std::size_t i = 0; i < list.count; ++i) {
      CHECK(orders[i].id == expected[i].id);
      CHECK(orders[i].status == expected[i].status);
      CHECK(encode::compact_json_object(orders[i].data.view()) ==
            encode::compact_json_object(expected[i].data.view()));
    }
    const Result<Portfolio> portfolio = here.portfolio();
    CHECK(portfolio.live());
    CHECK(portfolio.value.total_equity == there.portfolio().value.total_equity);

    CHECK(soon([&] {
      std::vector<Candle> candles(100);
      std::vector<Candle> wanted(100);
      const ListResult series = here.candles("BTCUSDT", "1m", candles);
      if (there.candles("BTCUSDT", "1m", wanted).count != series.count || series.count < 2) {
        return false;
      }
      return std::equal(candles.begin(), candles.begin() + series.count, wanted.begin(),
                        [](const Candle& a, const Candle& b) {
                          return a.same_digits(b) && a.closed == b.closed;
                        });
    }));
  }
}

TEST_CASE("redis: a follower's feed delivers every tick, in order, and its orders") {
  sim::Options options = busy();
  options.rate = 0;
  options.orders_per_second = 0;
  options.portfolio_per_second = 0;
  Fleet at(options);
  OriginMachine origin(at.exchange, at.redis.url());
  FollowerMachine follower(at.redis.url());
  INFO("bridge: ", origin.bridge->err());
  INFO("follower: ", follower.daemon->err());
  Reader reader = follower.here.reader();
  REQUIRE(soon([&] { return at.exchange.send_tick("BTCUSDT", "64000.00000000") == 1; }));
  // By its tick, which may come after what REST said of it.
  REQUIRE(soon([&] {
    const Result<Ticker> first = reader.ticker("BTCUSDT");
    return first.live() && first.value.updates == 1;
  }));
  std::vector<std::string> prices;
  std::vector<std::string> orders;
  Feed feed(follower.here.segment());
  feed.on_ticker("BTCUSDT", [&](const Tick& tick) {
    CHECK(tick.missed == 0);
    if (!tick.ticker.is_snapshot()) prices.push_back(tick.ticker.price().str());
  });
  feed.on_order_update(
      [&](const OrderUpdate& update) { orders.emplace_back(update.order.status.view()); });
  feed.poll();
  prices.clear();
  orders.clear();
  std::vector<std::string> sent;
  for (int i = 1; i <= 500; ++i) {
    sent.push_back(std::to_string(64000 + i) + ".00000000");
    REQUIRE(at.exchange.send_tick("BTCUSDT", sent.back()) == 1);
  }
  sim::OrderUpdate order = some_order();
  for (const char* status : {"pending", "partially_filled", "filled"}) {
    order.status = status;
    REQUIRE(at.exchange.send_order(order) == 1);
  }
  CHECK(soon([&] {
    feed.poll();
    return prices.size() >= 500 && orders.size() >= 3;
  }));
  INFO(prices.size(), " prices, from ", prices.empty() ? "" : prices.front(), " to ",
       prices.empty() ? "" : prices.back());
  CHECK(prices == sent);
  CHECK(orders == std::vector<std::string>{"pending", "partially_filled", "filled"});
}

TEST_CASE("redis: the command line says where a follower's data comes from, and how late") {
  Fleet at;
  OriginMachine origin(at.exchange, at.redis.url());
  FollowerMachine follower(at.redis.url());
  INFO("follower: ", follower.daemon->err());
  REQUIRE(soon([&] { return follower.is_live(); }));
  const Outcome got = follower.here.ask({"wait", "BTCUSDT", "--timeout", "20"});
  CHECK(got.code == 0);
  const Outcome status = follower.here.ask({"status"});
  CHECK(has(status.out, at.redis.url() + ", feed test"));
  CHECK(has(follower.here.ask({"get", "BTCUSDT", "--json"}).out, "\"freshness\":\"live\""));
}

TEST_CASE("redis: a password from a file, and users who may do no more than they need") {
  sim::Exchange exchange(busy());
  exchange.start();
  RedisServer redis;
  TemporaryDirectory files;
  // As docs/redis.md has it.
  const std::string users = files.write(
      "users.acl",
      "user default off\n"
      "user origin on >origin-secret resetkeys resetchannels ~tickcache:{test}:* "
      "&tickcache:{test}:* "
      "-@all +evalsha +script|load +get +del +set +pexpire +time +hget +hset +hdel +xadd +sadd "
      "+publish +subscribe +select +role\n"
      "user follower on >follower-secret resetkeys resetchannels %R~tickcache:{test}:* "
      "&tickcache:{test}:* -@all +multi +exec +get +hmget +hgetall +xrange +xrevrange +smembers "
      "+publish +subscribe +select +role\n");
  redis.start({"--aclfile", users});
  const std::string wrong = files.write("wrong", "guessed\n");
  const std::string right = files.write("right", "origin-secret\n");
  const std::string theirs = files.write("theirs", "follower-secret\n");
  OriginMachine origin(exchange, redis.url(),
                       {"--redis-user=origin", "--redis-password-file", right});
  INFO("bridge: ", origin.bridge->err());
  FollowerMachine refused(redis.url(), {"--redis-user=follower", "--redis-password-file", wrong});
  FollowerMachine follower(redis.url(), {"--redis-user=follower", "--redis-password-file", theirs});
  INFO("follower: ", follower.daemon->err());
  CHECK(soon([&] { return follower.is_live(); }));
  CHECK(soon([&] { return has(refused.daemon->err(), "WRONGPASS"); }));
  CHECK_FALSE(refused.is_live());
  for (const Program* const program :
       {origin.bridge.get(), follower.daemon.get(), refused.daemon.get()}) {
    CHECK_FALSE(has(program->err(), "secret"));
    CHECK_FALSE(has(program->err(), "guessed"));
  }
  // A follower's user writes nothing.
  CHECK(has(redis.ask({"--user", "follower", "--pass", "follower-secret", "--no-auth-warning",
                       "SET", "tickcache:{test}:lease", "x"}),
            "NOPERM"));
}

TEST_CASE("redis: a follower that is restarted carries its prices over, and knows its orders") {
  Fleet at;
  OriginMachine origin(at.exchange, at.redis.url());
  FollowerMachine follower(at.redis.url());
  Reader here = follower.here.reader();
  REQUIRE(soon([&] { return is_up(here) && status_of(here)->orders > 3; }));
  const std::uint64_t orders = status_of(here)->orders;
  CHECK(follower.daemon->stop() == 0);
  CHECK(here.ticker("BTCUSDT").has_value);
  follower.start();
  CHECK(soon([&] { return is_up(here); }));
  at.exchange.pause_data(true);
  Reader there = origin.here.reader();
  CHECK(soon([&] { return have_same_prices(there, here); }));
  CHECK(soon([&] { return status_of(here)->orders == status_of(there)->orders; }));
  CHECK(status_of(here)->orders >= orders);
}

TEST_CASE("redis: a follower is the origin of another feed, and says how far it is") {
  Fleet at;
  OriginMachine origin(at.exchange, at.redis.url());
  FollowerMachine follower(at.redis.url());
  const Program bridge(
      Command{REDIS_PROGRAM,
              {"--config", "/dev/null", "--url", at.redis.url(), "--feed", "second"},
              {"TICKCACHE_SEGMENT=" + follower.here.segment()}});
  FollowerMachine last(at.redis.url(), {"--feed=second"});
  INFO("bridge: ", bridge.err());
  INFO("follower: ", last.daemon->err());
  REQUIRE(soon([&] { return last.is_live(); }));
  Reader there = origin.here.reader();
  Reader here = last.here.reader();
  CHECK(status_of(here)->hops == 2);
  CHECK(has(last.here.ask({"status"}).out, "through 2 other machines"));
  at.exchange.pause_data(true);
  CHECK(soon([&] { return have_same_prices(there, here); }));
}

TEST_CASE("redis: the relay serves a follower, and its orders to who has the account's key") {
  Fleet at;
  OriginMachine origin(at.exchange, at.redis.url());
  TemporaryDirectory files;
  const std::string key = files.write("key", std::string(kTestKey) + "\n");
  FollowerMachine follower(at.redis.url(), {"--api-key-file", key});
  Reader here = follower.here.reader();
  REQUIRE(soon([&] { return is_up(here) && status_of(here)->orders > 0; }));
  const Program relay(Command{RELAY_PROGRAM,
                              {"--config", "/dev/null", "--listen", "127.0.0.1:0"},
                              {"TICKCACHE_SEGMENT=" + follower.here.segment()}});
  std::string listening;
  REQUIRE(soon([&] {
    listening = relay.err();
    return has(listening, "listening on http://127.0.0.1:") && listening.ends_with('\n');
  }));
  const std::size_t colon = listening.find("127.0.0.1:") + 10;
  const auto port = static_cast<std::uint16_t>(std::stoi(listening.substr(colon)));
  const auto ask = [&](const std::string& path) {
    const HttpClient client(port);
    REQUIRE(client.send("GET " + path +
                        " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX-API-Key: " +
                        std::string(kTestKey) + "\r\n\r\n"));
    return client.rest();
  };
  CHECK(has(ask("/v1/price/BTCUSDT?require=live"), "\"freshness\":\"live\""));
  CHECK(has(ask("/v1/orders"), "\"order_id\""));
  CHECK(has(ask("/v1/status"), "\"hops\":1"));
}

}  // namespace
}  // namespace tickcache::test
