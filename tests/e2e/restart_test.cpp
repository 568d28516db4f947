// tickcached is restarted under a reader that stays.
#include <signal.h>

#include <fstream>
#include <map>

#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

sim::Options market() {
  sim::Options options;
  options.rate = 10'000;
  options.orders_per_second = 100;
  options.portfolio_per_second = 20;
  options.candle_every = 100ms;
  return options;
}

constexpr std::size_t kMostOrders = 100;

struct Orders {
  ListResult list;
  std::vector<Order> orders;
};

Orders orders_of(Reader& reader) {
  Orders result;
  result.orders.resize(kMostOrders);
  result.list = reader.orders(result.orders);
  result.orders.resize(result.list.count);
  return result;
}

ListResult candles_of(Reader& reader) {
  Candle candles[10];
  return reader.candles("BTCUSDT", "1m", candles);
}

using Tickers = std::map<std::string, Ticker>;

Tickers tickers_of(Reader& reader, const std::vector<std::string>& symbols) {
  Tickers result;
  for (const std::string& symbol : symbols) result[symbol] = reader.ticker(symbol).value;
  return result;
}

/// Every price is the one of before, and says that it is from before.
void check_carried_over(Reader& reader, const Tickers& before) {
  for (const auto& entry : before) {
    const std::string& symbol = entry.first;
    const Ticker& old = entry.second;
    INFO("symbol ", symbol);
    const auto ticker = reader.ticker(symbol);
    CHECK(ticker.freshness == Freshness::stale);
    CHECK(ticker.reason == Reason::previous_epoch);
    CHECK(ticker.value.epoch == 0);
    CHECK(ticker.value.price().str() == old.price().str());
    CHECK(ticker.value.received_ns == old.received_ns);
    CHECK(ticker.value.updates == old.updates);
  }
}

void check_lists_are_stale(Reader& reader) {
  CHECK(reader.portfolio().freshness == Freshness::stale);
  CHECK(candles_of(reader).freshness == Freshness::stale);
  CHECK(candles_of(reader).count > 0);
  const Orders orders = orders_of(reader);
  CHECK(orders.list.freshness == Freshness::stale);
  CHECK(orders.list.count > 0);
  CHECK(orders.list.gap_since_ns != 0);
}

/// The first update after the restart carries the mark, and it alone.
void check_gap_mark(Reader& reader, const sim::Exchange& exchange) {
  const Orders orders = orders_of(reader);
  REQUIRE(orders.list.count > 1);
  CHECK(orders.list.live());
  CHECK(orders.list.gap_since_ns == 0);
  const Order& newest = orders.orders.back();
  CHECK(newest.data.view() == exchange.recent_orders(1).back());
  CHECK(newest.gap_since_ns != 0);
  for (std::size_t i = 0; i + 1 < orders.list.count; ++i) {
    CHECK(orders.orders[i].gap_since_ns == 0);
  }
}

void check_down(Reader& reader, Installation& here) {
  const auto status = status_of(reader);
  CHECK(status->feed == Freshness::down);
  CHECK(status->reason == Reason::stopped);
  CHECK(reader.ticker("BTCUSDT").reason == Reason::stopped);
  CHECK(reader.ticker("BTCUSDT").has_value);
  CHECK(orders_of(reader).list.freshness == Freshness::down);
  CHECK(reader.portfolio().freshness == Freshness::down);
  const Outcome get = here.ask({"get", "BTCUSDT"});
  CHECK(get.code == 4);
  CHECK(has(get.out, "down"));
}

TEST_CASE("restarted under a running reader: down, then stale until the next tick, then live") {
  sim::Exchange exchange(market());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  SymbolHandle btc = reader.handle("btcusdt");
  SymbolHandle eth = reader.handle("ethusdt");
  auto daemon = here.start(everything_from(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] {
    return all_are(reader, exchange.symbols(), Freshness::live) && reader.portfolio().live() &&
           orders_of(reader).list.count > 1 && candles_of(reader).count > 0;
  }));
  const std::uint64_t instance = status_of(reader)->instance;

  daemon->signal(SIGTERM);
  REQUIRE(daemon->wait() == 0);
  REQUIRE(all_are(reader, exchange.symbols(), Freshness::down));
  check_down(reader, here);
  const Tickers before = tickers_of(reader, exchange.symbols());

  exchange.pause_data(true);
  daemon = here.start(everything_from(exchange));
  // All four of its subscriptions, after the four of the first run.
  REQUIRE(exchange.wait_for([](const sim::Counts& sent) { return sent.acks == 8; }, kPatience));
  // The reader looks for a successor of its segment every 100 ms.
  REQUIRE(soon([&] {
    const auto status = status_of(reader);
    return status->instance != instance && status->counter(Counter::acknowledgements) == 4;
  }));
  check_carried_over(reader, before);
  check_lists_are_stale(reader);
  CHECK(reader.ticker(btc).reason == Reason::previous_epoch);

  REQUIRE(exchange.send_tick("BTCUSDT", "1.50000000") == 1);
  CHECK(soon([&] { return reader.ticker(btc).live(); }));
  CHECK(reader.ticker(btc).value.price().str() == "1.50000000");
  CHECK(reader.ticker(eth).reason == Reason::previous_epoch);
  REQUIRE(exchange.send_order(some_order()) == 1);
  CHECK(soon([&] { return counter_of(reader, Counter::orders) == 1; }));
  check_gap_mark(reader, exchange);

  exchange.pause_data(false);
  CHECK(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  CHECK(reader.ticker(eth).live());
  CHECK(soon([&] { return reader.portfolio().live() && candles_of(reader).live(); }));
}

/// A daemon that has everything; it ends, and another one is started in its place while the
/// exchanges say nothing.
struct Successor {
  Installation here;
  Reader reader = here.reader();
  Tickers tickers;         ///< of the first
  std::string secret;      ///< an order's id, of the first
  std::uint64_t instance;  ///< of the first
  std::unique_ptr<Program> daemon;

  explicit Successor(sim::Exchange& exchange) {
    daemon = here.start(everything_from(exchange));
    INFO("tickcached: ", daemon->err());
    REQUIRE(soon([&] {
      return all_are(reader, exchange.symbols(), Freshness::live) && reader.portfolio().live() &&
             orders_of(reader).list.count > 1 && candles_of(reader).count > 0;
    }));
    daemon->signal(SIGTERM);
    REQUIRE(daemon->wait() == 0);
    tickers = tickers_of(reader, exchange.symbols());
    secret = orders_of(reader).orders.back().id.view();
    instance = status_of(reader)->instance;
    REQUIRE(has(bytes(), secret));
    exchange.pause_data(true);
  }

  void start(const sim::Exchange& exchange, const std::string& key) {
    daemon = here.start(everything_from(exchange), {"AGENTEXCHANGE_API_KEY=" + key});
    REQUIRE(soon([&] {
      const auto status = status_of(reader);
      return status->instance != instance && status->counter(Counter::acknowledgements) == 4;
    }));
  }
  [[nodiscard]] std::string bytes() const {
    std::ifstream file("/dev/shm/" + here.segment(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void check_nothing_private() {
    CHECK(orders_of(reader).list.count == 0);
    CHECK_FALSE(reader.portfolio().has_value);
    CHECK_FALSE(has(bytes(), secret));
  }
};

TEST_CASE("fault 46: restarted with another key: no order and no portfolio, but the prices") {
  sim::Exchange exchange(market());
  exchange.start();
  Successor next(exchange);
  next.start(exchange, "ak_test_of_somebody_else");
  INFO("tickcached: ", next.daemon->err());
  check_carried_over(next.reader, next.tickers);
  CHECK(candles_of(next.reader).count > 0);
  next.check_nothing_private();
}

TEST_CASE("fault 46: restarted with another URL: nothing of the old one is there") {
  sim::Exchange exchange(market());
  exchange.start();
  sim::Exchange other(market());
  other.start();
  other.pause_data(true);
  Successor next(exchange);
  next.start(other, std::string(kTestKey));
  INFO("tickcached: ", next.daemon->err());
  CHECK(all_are(next.reader, exchange.symbols(), Freshness::missing));
  CHECK(candles_of(next.reader).count == 0);
  next.check_nothing_private();
}

}  // namespace
}  // namespace tickcache::test
