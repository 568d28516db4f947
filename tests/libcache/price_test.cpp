// The fastest lookup says what the others say, in every state of the daemon.
#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tests/libcache/payload.hpp"
#include "tickcache/tickcache.h"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

class Prices {
 public:
  Prices() {
    char message[512];
    REQUIRE(tickcache_open(name_.str().c_str(), &reader_, message, sizeof message) == 0);
  }
  ~Prices() { tickcache_close(reader_); }

  void start_writer() {
    WriterOptions with = options(name_);
    with.liveness_timeout_ns = 3600 * kSecond;
    writer.reset();
    writer.emplace(with, boot_now());
  }

  /// The reader looks for one ten times a second.
  void wait_for_segment() {
    CHECK(soon([&] {
      tickcache_feed_status status;
      return tickcache_status(reader_, &status) != TICKCACHE_DOWN;
    }));
  }

  /// What both lookups say of BTCUSDT, which must be the same.
  int freshness(std::int64_t max_age = TICKCACHE_ANY_AGE) {
    tickcache_ticker ticker;
    tickcache_verdict full;
    tickcache_handle other = handle_;
    const int expected = tickcache_get_handle(reader_, &other, max_age, &ticker, &full);
    tickcache_decimal price;
    tickcache_verdict verdict;
    const int said = tickcache_price(reader_, &handle_, max_age, &price, &verdict);
    CHECK(said == expected);
    CHECK(verdict.freshness == full.freshness);
    CHECK(verdict.reason == full.reason);
    CHECK(verdict.has_value == full.has_value);
    CHECK(price.mantissa == ticker.price.mantissa);
    CHECK(price.scale == ticker.price.scale);
    CHECK(tickcache_price(reader_, &handle_, max_age, &price, nullptr) == expected);
    reason = verdict.reason;
    return said;
  }

  std::optional<CacheWriter> writer;
  int reason = 0;

 private:
  const SegmentName name_;
  tickcache_reader* reader_ = nullptr;
  tickcache_handle handle_ = tickcache_symbol("btcusdt");
};

int number_of(Reason reason) { return static_cast<int>(reason); }

}  // namespace

TEST_CASE("the price alone is judged as the whole tick is") {
  Prices prices;
  CHECK(prices.freshness() == TICKCACHE_DOWN);
  prices.start_writer();
  prices.wait_for_segment();
  CHECK(prices.freshness() == TICKCACHE_MISSING);

  CacheWriter& writer = *prices.writer;
  writer.begin_epoch(0, boot_now(), unix_now());
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), boot_now());
  CHECK(prices.freshness() == TICKCACHE_LIVE);
  CHECK(prices.freshness(3600 * kSecond) == TICKCACHE_LIVE);
  CHECK(prices.freshness(0) == TICKCACHE_STALE);
  CHECK(prices.reason == number_of(Reason::too_old));

  writer.set_connection(0, ConnectionState::waiting, boot_now());
  CHECK(prices.freshness() == TICKCACHE_STALE);
  CHECK(prices.reason == number_of(Reason::reconnecting));
  writer.begin_epoch(0, boot_now(), unix_now());
  CHECK(prices.freshness() == TICKCACHE_STALE);
  CHECK(prices.reason == number_of(Reason::previous_epoch));
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(2), boot_now());
  CHECK(prices.freshness() == TICKCACHE_LIVE);

  writer.ticker(0, symbol("BTCUSDT"), make_ticker(3), boot_now() + 3600 * kSecond);
  CHECK(prices.freshness() == TICKCACHE_DOWN);  // a stamp of another boot
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(4), boot_now() - 1800 * kSecond);
  CHECK(prices.freshness() == TICKCACHE_STALE);
  CHECK(prices.reason == number_of(Reason::silent));
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(5), boot_now());
  CHECK(prices.freshness() == TICKCACHE_LIVE);

  writer.stop(RunState::stopped, boot_now());
  CHECK(prices.freshness() == TICKCACHE_DOWN);
  CHECK(prices.reason == number_of(Reason::stopped));
}

TEST_CASE("what has just ceased to be live is never live by the clock that ticks") {
  const SegmentName name;
  WriterOptions with = options(name);
  CacheWriter writer(with, boot_now());
  writer.begin_epoch(0, boot_now(), unix_now());
  Reader reader{std::string(name)};
  SymbolHandle btc = reader.handle("BTCUSDT");
  // The clock ticks in between: some of these times are between two of its ticks.
  for (int i = 0; i < 1000; ++i) {
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), boot_now());
    writer.beat(boot_now() - with.liveness_timeout_ns - 1);
    REQUIRE(reader.price(btc).reason == Reason::heartbeat_lost);
    REQUIRE(reader.price("BTCUSDT").freshness == Freshness::down);
    writer.beat(boot_now());
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(2), boot_now() - with.silence_after_ns - 1);
    REQUIRE(reader.price(btc).reason == Reason::silent);
    REQUIRE(reader.price("BTCUSDT").freshness == Freshness::stale);
  }
}

TEST_CASE("the age is exact if it is asked for") {
  const SegmentName name;
  CacheWriter writer(long_lived(name), boot_now());
  writer.begin_epoch(0, boot_now(), unix_now());
  Reader reader{std::string(name)};
  for (const auto max_age : {Query::kExactAge, std::chrono::nanoseconds(3600 * kSecond)}) {
    for (int i = 0; i < 1000; ++i) {
      const std::int64_t received = boot_now();
      writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), received);
      const std::int64_t before = boot_now();
      const Result<Decimal> price = reader.price("BTCUSDT", {.max_age = max_age});
      REQUIRE(price.live());
      REQUIRE(price.age_ns >= before - received);
      REQUIRE(price.age_ns <= boot_now() - received);
    }
  }
}

TEST_CASE("the clock that ticks goes on, and never ahead") {
  TickClock clock;
  std::int64_t last = 0;
  for (int ticks = 0; ticks < 5;) {
    const std::int64_t now = clock.now();
    REQUIRE(now <= boot_now());
    REQUIRE(now >= last);
    if (now != last) ++ticks;
    last = now;
  }
}
