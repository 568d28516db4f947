// Clients that others wrote, unmodified.
#include <signal.h>

#include "relay/relayed.hpp"

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;

/// An exchange where everything happens.
sim::Options busy() {
  sim::Options options;
  options.rate = 2000;
  options.candle_every = 200ms;
  options.orders_per_second = 5;
  options.portfolio_per_second = 5;
  return options;
}

/// A program of tests/relay/clients.
Command client(const Relayed& at, const char* interpreter, const std::string& name) {
  return {
      interpreter,
      {std::string(RELAY_CLIENTS) + "/" + name, std::to_string(at.port()), std::string(kTestKey)},
      {}};
}

void run_well(const Relayed& at, const char* interpreter, const std::string& name,
              const std::string& says) {
  const Outcome outcome = run_to_end(client(at, interpreter, name));
  INFO(outcome.err, outcome.out, at.logs());
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, says));
}

TEST_CASE("clients: Node's ws in the specification's form gets everything") {
  const Relayed at(busy());
  run_well(at, NODE, "specification.mjs", "everything");
}

TEST_CASE("clients: server-sent events by fetch, resumed, without loss or repetition") {
  const Relayed at(busy());
  run_well(at, NODE, "events.mjs", "2500 ticks");
}

TEST_CASE("clients: Python's websockets") {
  const Relayed at(busy());
  run_well(at, "/usr/bin/python3", "websockets_client.py", " symbols");
}

TEST_CASE("clients: every answer is as /openapi.json describes it") {
  Relayed at(busy());
  Reader reader = at.here.reader();
  REQUIRE(soon([&] { return all_are(reader, at.exchange.symbols(), Freshness::live); }));
  REQUIRE(soon([&] { return has(get(at.port(), "/v1/candles/BTCUSDT/1m").body, "open_time"); }));
  run_well(at, NODE, "openapi.mjs", "13 paths");
}

TEST_CASE("clients: Node's ws with the platform's backoff goes on by itself") {
  Relayed at(busy());
  const auto one = std::make_unique<Program>(client(at, NODE, "platform.mjs"));
  INFO(at.logs());
  REQUIRE(soon([&] { return has(one->out(), "prices\n"); }));
  at.daemon->kill();
  CHECK(soon([&] { return has(one->out(), "closed\n"); }));
  at.start_daemon();
  CHECK(one->wait() == 0);
  INFO(one->err());
  CHECK(has(one->out(), "prices again\n"));
}

TEST_CASE("clients: curl, for a price and for events") {
  Relayed at(busy());
  INFO(at.logs());
  const std::string base = "http://127.0.0.1:" + std::to_string(at.port());
  const Outcome price =
      run_to_end({CURL, {"-sS", "--fail", base + "/v1/price/BTCUSDT?require=live"}, {}});
  CHECK(price.code == 0);
  CHECK(text_at(price.out, "symbol") == "BTCUSDT");
  const Outcome refused =
      run_to_end({CURL, {"-sS", "--fail", base + "/v1/price/NO?require=live"}, {}});
  CHECK(refused.code == 22);
  Program events(Command{CURL, {"-sSN", base + "/v1/stream?symbols=BTCUSDT"}, {}});
  CHECK(soon([&] { return has(events.out(), "event: ticker\n"); }));
}

}  // namespace
}  // namespace tickcache::test
