// tickcached is killed at full speed.
#include <signal.h>

#include <map>

#include "e2e/checked_ticks.hpp"
#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kKills = 5;
// Down within 3 s; five times that for a machine that is busy with other things.
constexpr auto kDownWithin = 5 * 3s;

sim::Options checked_market() {
  sim::Options options;
  options.rate = 10'000;
  options.checksum = true;
  return options;
}

using Sequences = std::map<std::string, std::uint64_t>;

/// Reads every symbol once: there is a whole value, no older than what was read before.
void check_last_values(Reader& reader, const sim::Exchange& exchange, Sequences& last) {
  for (const std::string& symbol : exchange.symbols()) {
    INFO("symbol ", symbol);
    const auto ticker = reader.ticker(symbol);
    REQUIRE(ticker.has_value);
    const auto sequence = sequence_of(symbol, ticker.value);
    REQUIRE(sequence.has_value());
    CHECK(*sequence >= last[symbol]);
    last[symbol] = *sequence;
  }
}

TEST_CASE(
    "fault 34: kill -9 at full speed: the last good values at once, down within 3 s, live again") {
  sim::Exchange exchange(checked_market());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  Sequences last;
  for (int i = 0; i < kKills; ++i) {
    INFO("kill ", i);
    const auto daemon = here.start(everything_from(exchange));
    INFO("tickcached: ", daemon->err());
    REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
    daemon->kill();
    check_last_values(reader, exchange, last);
  }

  const auto killed = Clock::now();
  SymbolHandle btc = reader.handle("BTCUSDT");
  REQUIRE(soon([&] { return reader.ticker(btc).freshness == Freshness::down; }));
  CHECK(Clock::now() - killed < kDownWithin);
  CHECK(reader.ticker(btc).reason == Reason::heartbeat_lost);
  CHECK(status_of(reader)->reason == Reason::heartbeat_lost);
  check_last_values(reader, exchange, last);
  CHECK(here.ask({"get", "BTCUSDT"}).code == 4);

  const auto daemon = here.start(everything_from(exchange));
  INFO("tickcached: ", daemon->err());
  CHECK(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  CHECK(reader.ticker(btc).live());
  check_last_values(reader, exchange, last);
}

TEST_CASE(
    "fault 35: suspended at full speed: down while it lasts, and nothing old is live afterwards") {
  sim::Exchange exchange(checked_market());
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start(everything_from(exchange));
  INFO("tickcached: ", daemon->err());
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));

  daemon->signal(SIGSTOP);
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::down); }));
  const std::uint32_t epoch = status_of(reader)->connections[0].epoch;
  daemon->signal(SIGCONT);
  REQUIRE(soon([&] { return all_are(reader, exchange.symbols(), Freshness::live); }));
  // What had been buffered was thrown away with the connection that it came on.
  CHECK(status_of(reader)->connections[0].epoch > epoch);
  CHECK(exchange.counts().connections_total == 2);
  for (const std::string& symbol : exchange.symbols()) {
    CHECK(reader.ticker(symbol).value.epoch > epoch);
  }
}

}  // namespace
}  // namespace tickcache::test
