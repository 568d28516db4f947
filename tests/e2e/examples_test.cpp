// The examples of the documentation that follow a feed, against the exchange.
#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

/// Starts an example on the installation's segment, and returns when it has said `first`.
std::unique_ptr<Program> start_example(const Installation& here, const char* path,
                                       std::vector<std::string> arguments, const char* first) {
  auto program = std::make_unique<Program>(
      Command{path, std::move(arguments), {"TICKCACHE_SEGMENT=" + here.segment()}});
  REQUIRE(soon([&] { return has(program->out(), first); }));
  return program;
}

struct Market {
  Market() {
    sim::Options options;
    options.rate = 0;
    exchange.emplace(options);
    exchange->start();
    daemon = here.start(everything_from(*exchange));
    Reader reader = here.reader();
    REQUIRE(soon([&] { return counter_of(reader, Counter::acknowledgements) == 4; }));
  }

  std::optional<sim::Exchange> exchange;
  Installation here;
  std::unique_ptr<Program> daemon;
};

TEST_CASE("examples: a strategy in C++ decides on what the exchange sends") {
  Market market;
  INFO("tickcached: ", market.daemon->err());
  const auto strategy = start_example(market.here, EXAMPLE_STRATEGY, {"ethusdt"}, "feed live\n");
  std::string expected = "feed live\n";
  const auto decides = [&](const char* price, const std::string& decision) {
    REQUIRE(market.exchange->send_tick("ETHUSDT", price) == 1);
    expected += decision + "\n";
    CHECK(soon([&] { return strategy->out() == expected; }));
  };
  REQUIRE(market.exchange->send_tick("BTCUSDT", "64000.00") == 1);
  REQUIRE(market.exchange->send_tick("ETHUSDT", "3500.00") == 1);
  decides("3600.00", "buy ethusdt at 3600.00");
  REQUIRE(market.exchange->send_tick("ETHUSDT", "3700.00") == 1);
  decides("3400.50", "sell ethusdt at 3400.50");
  REQUIRE(market.exchange->send_order(some_order()) == 1);
  expected += "order 996ad860-2a9a-504f-8861-aeafd0b2ae29 filled\n";
  CHECK(soon([&] { return strategy->out() == expected; }));

  market.daemon->signal(SIGTERM);
  CHECK(market.daemon->wait() == 0);
  CHECK(strategy->wait() == 0);
  CHECK(strategy->out().starts_with(expected));
  CHECK(strategy->out().ends_with("feed down\n"));
}

TEST_CASE("examples: order updates in C, over a lost connection") {
  Market market;
  INFO("tickcached: ", market.daemon->err());
  const auto orders =
      start_example(market.here, EXAMPLE_ORDERS, {"2"}, "waiting for order updates\n");
  REQUIRE(market.exchange->send_order(some_order()) == 1);
  const std::string line = "996ad860-2a9a-504f-8861-aeafd0b2ae29 BTCUSDT filled\n";
  CHECK(soon([&] { return orders->out() == "waiting for order updates\n" + line; }));
  REQUIRE(market.exchange->drop_all() == 1);
  CHECK(soon([&] { return has(orders->out(), "updates may be missing here\n"); }));
  CHECK(soon([&] { return market.exchange->send_order(some_order()) == 1; }));
  CHECK(orders->wait() == 0);
  CHECK(orders->out() ==
        "waiting for order updates\n" + line + "updates may be missing here\n" + line);
}

TEST_CASE("examples: prices in a loop of epoll, and in that of Boost.Asio") {
  Market market;
  INFO("tickcached: ", market.daemon->err());
  REQUIRE(market.exchange->send_tick("ETHUSDT", "3500.00") == 1);
  Reader reader = market.here.reader();
  REQUIRE(soon([&] { return reader.ticker("ETHUSDT").has_value; }));
  for (const char* path : {EXAMPLE_EPOLL, EXAMPLE_ASIO}) {
    CAPTURE(path);
    std::string expected = "ETHUSDT 3500.00 at present\n";
    const auto prices = start_example(market.here, path, {"BTCUSDT", "ETHUSDT"}, expected.c_str());
    for (const char* price : {"3501.00", "3502.00", "3500.00"}) {
      REQUIRE(market.exchange->send_tick("ETHUSDT", price) == 1);
      expected += std::string("ETHUSDT ") + price + "\n";
      CHECK(soon([&] { return prices->out() == expected; }));
    }
    CHECK(prices->stop() == 0);
    CHECK(prices->out() == expected);
  }
}

}  // namespace
}  // namespace tickcache::test
