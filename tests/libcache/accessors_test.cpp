// What the records and results of lookups offer instead of numbers where 0 means "none".
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "tests/libcache/judged_feed.hpp"
#include "tests/libcache/payload.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;
using std::chrono::seconds;

template <class A, class B>
concept HasDifference = requires(A a, B b) {
  a - b;
};
template <class A, class B>
concept IsOrdered = requires(A a, B b) {
  a < b;
};

// The two clocks do not mix, nor is a time a number or a duration.
static_assert(HasDifference<BootTime, BootTime> && HasDifference<UnixTime, UnixTime>);
static_assert(!HasDifference<BootTime, UnixTime> && !HasDifference<UnixTime, BootTime>);
static_assert(!IsOrdered<BootTime, UnixTime>);
static_assert(!std::is_convertible_v<BootClock::duration, BootTime>);
static_assert(!std::is_convertible_v<std::int64_t, BootTime>);
static_assert(std::chrono::is_clock_v<BootClock>);

}  // namespace

TEST_CASE("a price that is not live is no price") {
  JudgedFeed feed;
  const auto live = feed.reader->price("BTCUSDT", at(kNow));
  CHECK(live.if_live() == make_ticker(1).price());
  CHECK(live.last() == make_ticker(1).price());
  const auto stopped = [&] {
    feed.writer->stop(RunState::stopped, kNow);
    return feed.reader->price("BTCUSDT", at(kNow + kSecond));
  }();
  CHECK_FALSE(stopped.if_live());
  CHECK(stopped.last() == make_ticker(1).price());
  CHECK(stopped.age() == seconds(1));
  const auto never = feed.reader->price("NOPE", at(kNow));
  CHECK_FALSE(never.if_live());
  CHECK_FALSE(never.last());
}

TEST_CASE("every lookup of a price gives the exchange's digits") {
  JudgedFeed feed;
  Ticker ticker;
  ticker.set_price(*Decimal::parse("64521.30000000"));
  feed.writer->ticker(0, symbol("BTCUSDT"), ticker, kNow);
  SymbolHandle handle = feed.reader->handle("BTCUSDT");
  Result<Decimal> price;
  feed.reader->prices({&handle, 1}, {&price, 1}, at(kNow));
  CHECK(price.value.str() == "64521.30000000");
  CHECK(feed.reader->price("BTCUSDT", at(kNow)).value.str() == "64521.30000000");
  CHECK(feed.ticker(at(kNow)).value.price().str() == "64521.30000000");
}

TEST_CASE("what an order's message did not have is absent") {
  Order order;
  CHECK_FALSE(order.quantity());
  CHECK_FALSE(order.price());
  CHECK_FALSE(order.executed_price());
  CHECK_FALSE(order.executed_quantity());
  CHECK_FALSE(order.fee());
  CHECK_FALSE(order.filled_at());
  CHECK_FALSE(order.cancelled_at());
  CHECK_FALSE(order.gap_since());
  order.set(Order::kFee, {0, 8, {}});
  order.set(Order::kExecutedPrice, {6452130, 2, {}});
  CHECK(order.fee() == Decimal{});
  CHECK(order.executed_price()->str() == "64521.30");
  CHECK_FALSE(order.price());
  order.filled_at_ns = 1'770'000'000'000'000'001;
  CHECK(order.filled_at() == UnixTime(std::chrono::nanoseconds(1'770'000'000'000'000'001)));
}

TEST_CASE("times of records are of their clocks") {
  Ticker ticker = make_ticker(1);
  ticker.exchange_time_ns = 0;
  ticker.received_ns = kNow;
  CHECK_FALSE(ticker.exchange_time());
  CHECK(ticker.received() == boot_time(kNow));
  ticker.exchange_time_ns = kSecond;
  CHECK(ticker.exchange_time() == UnixTime(seconds(1)));
}

TEST_CASE("a snapshot has every symbol that has a value") {
  JudgedFeed feed;
  SymbolText symbol;
  symbol.assign("ETHUSDT");
  feed.writer->ticker(0, symbol, make_ticker(2), kNow);
  const std::vector<SymbolTicker> all = feed.reader->snapshot(at(kNow));
  REQUIRE(all.size() == 2);
  CHECK(all[0].symbol == "BTCUSDT");
  CHECK(all[1].symbol == "ETHUSDT");
  CHECK(all[1].ticker.value.price() == make_ticker(2).price());
  CHECK(all[1].ticker.live());
  const SegmentName nobody;
  CHECK(Reader(nobody.str()).snapshot().empty());
}
