// How many subscriptions and connections it takes.
#include <algorithm>

#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

sim::Options small_market() {
  sim::Options options;
  options.symbols = 300;
  options.rate = 5'000;
  return options;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

std::size_t acknowledged(const Status& status) {
  return static_cast<std::size_t>(std::count_if(
      status.channels, status.channels + status.channel_count,
      [](const ChannelStatus& channel) { return channel.state == ChannelState::acknowledged; }));
}

TEST_CASE("200 symbols take one wildcard subscription, and 200 symbols are in the cache") {
  sim::Exchange exchange(small_market());
  exchange.start();
  Installation here;
  const std::vector<std::string> wanted(exchange.symbols().begin() + 50,
                                        exchange.symbols().begin() + 250);
  const auto daemon = here.start({"--url", exchange.url(), "--symbols", joined(wanted),
                                  "--orders=false", "--portfolio=false"});
  INFO("tickcached: ", daemon->err());
  Reader reader = here.reader();
  REQUIRE(soon([&] { return all_are(reader, wanted, Freshness::live); }));

  const auto status = status_of(reader);
  CHECK(status->symbols == 200);
  REQUIRE(status->channel_count == 1);
  CHECK(status->channels[0].kind == ChannelKind::all_tickers);
  CHECK(status->counter(Counter::filtered) > 0);
  CHECK(reader.ticker(exchange.symbols().front()).freshness == Freshness::missing);
  CHECK(exchange.counts().requests == 1);
  CHECK(exchange.counts().connections_total == 1);
}

TEST_CASE("12 candle channels with wildcard, orders and portfolio take 2 connections") {
  sim::Exchange exchange(small_market());
  exchange.start();
  Installation here;
  std::vector<std::string> candles;
  for (std::size_t i = 0; i < 12; ++i) candles.push_back(exchange.symbols()[i] + ":1m");
  const auto daemon =
      here.start({"--url", exchange.url(), "--symbols", "all", "--candles", joined(candles)});
  INFO("tickcached: ", daemon->err());
  Reader reader = here.reader();
  REQUIRE(soon([&] { return acknowledged(*status_of(reader)) == 15; }));

  const auto status = status_of(reader);
  CHECK(status->channel_count == 15);
  CHECK(status->connection_count == 2);
  CHECK(status->counter(Counter::errors) == 0);
  CHECK(exchange.counts().connections == 2);
  CHECK(exchange.counts().connections_total == 2);
  CHECK(exchange.counts().acks == 15);
}

}  // namespace
}  // namespace tickcache::test
