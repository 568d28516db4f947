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

TEST_CASE("fault 57: whatever REST answers, ticks go on and no price is wrong") {
  sim::Exchange exchange(silent_exchange());
  exchange.start();
  exchange.send_tick("BTCUSDT", "1");
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(audited(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  int price = 1;
  for (const sim::RestMode mode :
       {sim::RestMode::absent, sim::RestMode::refused, sim::RestMode::error, sim::RestMode::hangs,
        sim::RestMode::redirect, sim::RestMode::huge, sim::RestMode::bad_json, sim::RestMode::empty,
        sim::RestMode::html}) {
    CAPTURE(static_cast<int>(mode));
    exchange.rest(mode);
    const std::uint64_t failed = counter_of(reader, Counter::rest_failed);
    const std::uint64_t rejected = counter_of(reader, Counter::rest_rejected);
    const auto has_failed = [&] {
      return counter_of(reader, Counter::rest_failed) > failed ||
             counter_of(reader, Counter::rest_rejected) > rejected;
    };
    // Ticks flow meanwhile, and are what is stored.
    REQUIRE(soon([&] {
      const std::string text = std::to_string(++price);
      return exchange.send_tick("BTCUSDT", text) == 1 &&
             soon([&] { return reader.ticker("BTCUSDT").value.price().str() == text; }) &&
             reader.ticker("BTCUSDT").live() && has_failed();
    }));
    exchange.rest(sim::RestMode::ok);
    const std::uint64_t audits = counter_of(reader, Counter::audits);
    REQUIRE(soon([&] { return counter_of(reader, Counter::audits) > audits; }));
  }
  CHECK(counter_of(reader, Counter::healed) == 0);
}

TEST_CASE("fault 57: the key is not sent where it is not needed") {
  sim::Exchange exchange(silent_exchange());
  exchange.start();
  exchange.send_tick("BTCUSDT", "1");
  Installation here;
  Reader reader = here.reader();
  auto arguments = audited(exchange);
  arguments.insert(arguments.end(), {"--log-level", "trace"});
  const auto daemon = here.start(arguments);
  REQUIRE(soon([&] { return reader.ticker("BTCUSDT").live(); }));
  CHECK(daemon->err().find(kTestKey) == std::string::npos);
}

}  // namespace
}  // namespace tickcache::test
