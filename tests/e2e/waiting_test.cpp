// Readers that sleep until something comes.
#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

constexpr int kTicks = 200;

/// Sleeps until `done()`. Every sleep must end because something came, not because time passed.
template <class Topic, class Done>
void sleep_until(Reader& reader, Topic&& topic, Done&& done) {
  for (std::uint32_t seen = reader.wake_word(); !done(); seen = reader.wake_word()) {
    REQUIRE(reader.wait(seen, topic, kPatience) == WaitResult::changed);
  }
}

TEST_CASE("readers that wait for a symbol, orders or the daemon's life are woken when it comes") {
  sim::Options options;
  options.rate = 0;
  sim::Exchange exchange(options);
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(everything_from(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return counter_of(reader, Counter::acknowledgements) == 4; }));

  SymbolHandle btc = reader.handle("BTCUSDT");
  for (int i = 1; i <= kTicks; ++i) {
    const std::string price = std::to_string(i) + ".50000000";
    REQUIRE(exchange.send_tick("BTCUSDT", price) == 1);
    sleep_until(reader, btc, [&] { return reader.ticker(btc).value.price().str() == price; });
  }

  Order orders[1];
  REQUIRE(exchange.send_order(some_order()) == 1);
  sleep_until(reader, Topics::orders(), [&] { return reader.orders(orders).count == 1; });

  REQUIRE(exchange.drop_all() == 1);
  sleep_until(reader, Topics::status(), [&] { return !reader.ticker(btc).live(); });
}

}  // namespace
}  // namespace tickcache::test
