#include "sim/command_line.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace tickcache::sim;

namespace {

CommandLine parse(std::vector<const char*> words) {
  words.insert(words.begin(), "tickcache-sim");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("the command line sets what it names") {
  const CommandLine line =
      parse({"--port", "8123", "--rate=5000", "--burst", "--dialect", "spec", "--ping-every", "0.5",
             "--orders-per-second", "2.5", "--seed", "7", "--count", "100", "--quiet"});
  REQUIRE(line.errors.empty());
  CHECK(line.options.port == 8123);
  CHECK(line.options.rate == 5000);
  CHECK(line.options.burst);
  CHECK(line.options.dialect == Dialect::spec);
  CHECK(line.options.ping_every.count() == 500);
  CHECK(line.options.orders_per_second == 2.5);
  CHECK(line.options.seed == 7);
  CHECK(line.options.count == 100);
  CHECK(line.options.symbols == 620);
  CHECK(line.quiet);
  CHECK_FALSE(line.summary_json);
}

TEST_CASE("the command line sets faults") {
  const CommandLine line =
      parse({"--rest", "bad_json", "--rest-delay", "0.5", "--rest-lead", "1000",
             "--rest-lead-least", "200", "--feed-delay", "3", "--clock-step", "-5000",
             "--no-timestamps", "--lose-symbol", "BTCUSDT", "--only-tickers"});
  REQUIRE(line.errors.empty());
  CHECK(line.options.rest == RestMode::bad_json);
  CHECK(line.options.rest_delay.count() == 500);
  CHECK(line.options.rest_lead.most.count() == 1000);
  CHECK(line.options.rest_lead.least.count() == 200);
  CHECK(line.options.feed_delay.count() == 3000);
  CHECK(line.options.clock_step.count() == -5000);
  CHECK_FALSE(line.options.timestamps);
  CHECK(line.options.only_tickers);
  CHECK(line.options.lost_symbols == std::vector<std::string>{"BTCUSDT"});
}

TEST_CASE("a bad option is named, with what to do instead") {
  const std::vector<std::vector<const char*>> bad{
      {"--port", "65536"},      {"--port", "-1"},         {"--rate", "0"},
      {"--rate", "100001"},     {"--rate", "fast"},       {"--symbols", "0"},
      {"--ping-every", "0"},    {"--ping-every", "nan"},  {"--orders-per-second", "-1"},
      {"--address", "0.0.0.0"}, {"--address", "::"},      {"--address", "localhost.example"},
      {"--dialect", "klingon"}, {"--replay", "/nowhere"}, {"--rest", "klingon"},
      {"--rest-lead", "1501"},  {"--feed-delay", "-1"},   {"--clock-step", "1.5"}};
  for (const auto& words : bad) {
    const CommandLine line = parse(words);
    CAPTURE(words[0]);
    CAPTURE(words[1]);
    REQUIRE(line.errors.size() == 1);
    CHECK(line.errors[0].find(words[0]) == 0);
    CHECK(line.errors[0].find(": ") != std::string::npos);
  }
  CHECK(parse({"--rates", "1"}).errors.size() == 1);
  CHECK(parse({"--rate"}).errors.size() == 1);
  CHECK(parse({"stray"}).errors.size() == 1);
  CHECK(parse({"--rate", "0", "--symbols", "x"}).errors.size() == 2);
}

TEST_CASE("loopback addresses are accepted") {
  CHECK(parse({"--address", "127.0.0.2"}).errors.empty());
  CHECK(parse({"--address", "::1"}).errors.empty());
}

TEST_CASE("help names every option") {
  const std::string help = parse({"--help"}).help;
  for (const char* name : {"port",
                           "address",
                           "symbols",
                           "rate",
                           "burst",
                           "orders-per-second",
                           "portfolio-per-second",
                           "candle-every",
                           "only-tickers",
                           "ping-every",
                           "pong-timeout",
                           "key",
                           "dialect",
                           "replay",
                           "seed",
                           "count",
                           "checksum",
                           "quiet",
                           "summary-json",
                           "rest",
                           "rest-delay",
                           "rest-lead",
                           "rest-lead-least",
                           "feed-delay",
                           "clock-step",
                           "no-timestamps",
                           "lose-symbol"}) {
    CAPTURE(name);
    CHECK(help.find("--" + std::string(name)) != std::string::npos);
  }
}
