// The fastest lookup says what the others say, in every state of the daemon.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

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
    check_batch(price, verdict, max_age);
    reason = verdict.reason;
    return said;
  }

  std::optional<CacheWriter> writer;
  int reason = 0;

 private:
  /// Several at once, one of them known to the reader and one not, are all as one alone.
  void check_batch(const tickcache_decimal& price, const tickcache_verdict& verdict,
                   std::int64_t max_age) {
    tickcache_handle handles[] = {handle_, tickcache_symbol("BTCUSDT"), handle_};
    tickcache_decimal prices[3];
    tickcache_verdict verdicts[3];
    const std::size_t live = verdict.freshness == TICKCACHE_LIVE ? 3 : 0;
    CHECK(tickcache_prices(reader_, handles, 3, max_age, prices, nullptr) == live);
    CHECK(tickcache_prices(reader_, handles, 3, max_age, prices, verdicts) == live);
    for (int i = 0; i < 3; ++i) {
      CHECK(verdicts[i].freshness == verdict.freshness);
      CHECK(verdicts[i].reason == verdict.reason);
      CHECK(verdicts[i].has_value == verdict.has_value);
      CHECK(prices[i].mantissa == price.mantissa);
      CHECK(prices[i].scale == price.scale);
    }
  }

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

TEST_CASE("of many prices at once each is judged by itself") {
  constexpr std::size_t kMany = 600;  // more than are judged together
  const SegmentName name;
  WriterOptions with = long_lived(name);
  with.capacities.symbols = kMany;
  CacheWriter writer(with, boot_now());
  const auto named = [](std::size_t i) { return symbol("S" + std::to_string(i) + "USDT"); };
  const auto tick = [&](std::size_t i, std::int64_t received, std::uint8_t connection = 0) {
    writer.ticker(connection, named(i), make_ticker(i), received);
  };
  writer.begin_epoch(0, boot_now(), unix_now());
  writer.begin_epoch(1, boot_now(), unix_now());
  Reader reader{std::string(name)};
  std::vector<SymbolHandle> handles;
  std::vector<Result<Decimal>> prices(kMany);
  for (std::size_t i = 0; i < kMany; ++i) handles.push_back(reader.handle(named(i).view()));

  /// The numbers of those that are not live. Each must be as a lookup of its own says.
  const auto others = [&](const Query& query = {}) {
    reader.prices(handles, prices, query);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < kMany; ++i) {
      const Result<Decimal> alone = reader.price(handles[i], query);
      REQUIRE(prices[i].freshness == alone.freshness);
      REQUIRE(prices[i].reason == alone.reason);
      REQUIRE(prices[i].has_value == alone.has_value);
      REQUIRE(prices[i].value.same_digits(alone.value));
      if (!prices[i].live()) found.push_back(i);
    }
    return found;
  };

  CHECK(others().size() == kMany);
  for (std::size_t i = 0; i < kMany; ++i) {
    if (i != 7) tick(i, boot_now());
  }
  CHECK(others() == std::vector<std::size_t>{7});
  tick(7, boot_now());
  CHECK(others().empty());
  CHECK(others().empty());  // now by handles that know their cells

  tick(300, boot_now() + 3600 * kSecond);  // a stamp of another boot
  tick(301, boot_now() - 10 * kSecond);    // quiet, while others tick
  tick(302, boot_now(), 1);
  tick(1, boot_now());
  CHECK(others() == std::vector<std::size_t>{300});
  CHECK(others({.max_age = std::chrono::seconds(5)}) == std::vector<std::size_t>{300, 301});
  CHECK(prices[301].age_ns >= 10 * kSecond);
  writer.reject_tick(named(3));
  CHECK(others() == std::vector<std::size_t>{3, 300});
  writer.set_connection(0, ConnectionState::waiting, boot_now());
  CHECK(others().size() == kMany - 1);  // without that of the other connection
  writer.stop(RunState::stopped, boot_now());
  CHECK(others().size() == kMany);
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
