// What does not fit is said once, with what to do about it.

#include "daemon/core/publisher.hpp"
#include "daemon/loop/stored_segment.hpp"

namespace tickcache::daemon {
namespace {

struct Full : StoredSegment {  // room for 16 symbols
  Publisher publisher{writer,
                      [] {
                        Wanted wanted;
                        wanted.all_symbols = true;
                        return wanted;
                      }(),
                      {}};
  CapacityWatch watch{writer};

  /// What is said about `event` once it was published.
  std::string after(const Event& event) {
    publisher.publish(event, Belongs::present, 0, Time(boot_now()));
    return watch.rejected() ? watch.advice(event) : "fits";
  }
  std::string tick(const std::string& symbol) {
    TickEvent event;
    event.symbol = symbol_text(symbol);
    event.ticker.set_price(decimal("1.00"));
    return after(event);
  }
  std::string candle(const std::string& interval) {
    CandleEvent event;
    event.symbol = symbol_text("BTCUSDT");
    REQUIRE(event.interval.assign(interval));
    return after(event);
  }
};

Wanted wanting(const std::vector<std::string>& symbols) {
  Wanted wanted;
  for (const std::string& symbol : symbols) wanted.symbols.push_back(symbol_text(symbol));
  return wanted;
}

TEST_CASE("capacity: the first symbol that does not fit is named, with the option to raise") {
  Full at;
  for (int i = 0; i < 16; ++i) CHECK(at.tick("S" + std::to_string(i)) == "fits");
  CHECK(at.tick("LATEUSDT")
            .starts_with("LATEUSDT does not fit into the segment: max-symbols is 16; raise it"));
  CHECK(at.tick("LATERUSDT").empty());
  CHECK(at.tick("S3") == "fits");
  CHECK(at.tick("LATESTUSDT").empty());
  CHECK(at.count(Counter::rejected_capacity) == 3);
}

TEST_CASE("capacity: candles have a text of their own") {
  Full at;
  for (int i = 1; i <= 64; ++i) CHECK(at.candle(std::to_string(i) + "m") == "fits");
  CHECK(at.candle("65m").starts_with(
      "candles:BTCUSDT:65m do not fit into the segment: it has room for 64 series"));
  CHECK(at.candle("66m").empty());
  CHECK(at.candle("64m") == "fits");
}

TEST_CASE("capacity: a new configuration with more symbols than there is room for") {
  Full at;
  for (int i = 0; i < 14; ++i) CHECK(at.tick("S" + std::to_string(i)) == "fits");
  CHECK(at.watch.advice(wanting({"S0", "S1", "NEW1", "NEW2"})).empty());
  CHECK(at.watch.advice(wanting({"S0", "NEW1", "NEW2", "NEW3", "NEW4"}))
            .starts_with("2 of 5 symbols will not fit into the segment: max-symbols is 16"));
}

}  // namespace
}  // namespace tickcache::daemon
