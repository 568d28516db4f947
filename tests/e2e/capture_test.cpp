// The capture of a session with the platform, through sockets, daemon, segment and command line,
// against an expectation that shares no code with any of them (expect_capture.py).
#include "e2e/installation.hpp"

namespace tickcache::test {
namespace {

constexpr const char* kCaptureFile = TICKCACHE_TEST_DATA "/platform-frames.ndjson";

/// What the command line does not print of a ticker.
std::string buyer_is_maker(Reader& reader) {
  std::string list;
  for (std::uint32_t i = 0; i < reader.symbol_count(); ++i) {
    const SymbolTicker entry = reader.at(i);
    const auto value = entry.ticker.value.buyer_is_maker();
    list += list.empty() ? "" : ",";
    list += std::string(entry.symbol.view()) + "=" + (!value ? "null" : *value ? "true" : "false");
  }
  return list;
}

TEST_CASE("the capture of the platform: the cache holds what the frames say, field by field") {
  sim::Options options;
  options.replay = kCaptureFile;
  sim::Exchange exchange(options);
  exchange.start();
  Installation here;
  Reader reader = here.reader();
  const auto daemon = here.start({"--url", exchange.url(), "--candles", "BTCUSDT:1m,ETHUSDT:1h"});
  INFO("tickcached: ", daemon->err());
  // The replay, and the answers to all ticker, orders, portfolio and two series.
  REQUIRE(soon([&] {
    return counter_of(reader, Counter::acknowledgements) == 5 &&
           counter_of(reader, Counter::ticks) == exchange.counts().ticker;
  }));
  const Outcome compared = run_to_end(
      {"/usr/bin/env",
       {"python3", EXPECT_CAPTURE, "--capture", kCaptureFile, "--tickcache", TICKCACHE_PROGRAM,
        "--buyer-is-maker", buyer_is_maker(reader), "--acknowledgements", "5"},
       {"TICKCACHE_SEGMENT=" + here.segment()}});
  INFO(compared.out, compared.err);
  CHECK(compared.code == 0);
}

}  // namespace
}  // namespace tickcache::test
