// The exchange's REST interface: what comes of its answers.
#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

sim::Options silent_exchange() {
  sim::Options options;
  options.rate = 0;
  options.symbols = 20;
  return options;
}

/// The daemon with its defaults, but for audits that come as often as they can.
std::vector<std::string> audited(const sim::Exchange& exchange) {
  return {"--url", exchange.url(), "--rest=true", "--audit=0.2"};
}

TEST_CASE("prices are live as soon as the subscription is, before any tick") {
  sim::Exchange exchange(silent_exchange());
  exchange.start();
  for (const std::string& symbol : exchange.symbols()) exchange.send_tick(symbol, "100.5");
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(audited(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  const auto ticker = reader.ticker("BTCUSDT");
  CHECK(ticker.value.is_snapshot());
  CHECK(ticker.value.price().str() == "100.5");
  CHECK(ticker.value.updates == 0);
  CHECK_FALSE(ticker.value.quantity());
  // The tick that follows takes its place.
  REQUIRE(exchange.send_tick("BTCUSDT", "101.25") == 1);
  CHECK(soon([&] { return reader.ticker("BTCUSDT").value.price().str() == "101.25"; }));
  CHECK(soon([&] { return !reader.ticker("BTCUSDT").value.is_snapshot(); }));
  CHECK(reader.ticker("BTCUSDT").value.updates == 1);
}

}  // namespace
}  // namespace tickcache::test
