// What a new run keeps of its predecessor's segment, and what it must not.
#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string>

#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/libcache/times.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

constexpr std::int64_t kDay = 86400 * kSecond;

/// A run that stored three ticks, two candles, an open one, three orders and two snapshots at kNow,
/// and ended without a word.
void run_once(const std::string& segment) {
  CacheWriter writer(options(segment), kNow);
  writer.begin_epoch(0, kNow, kUnix);
  writer.set_key_accepted();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(i), kNow);
    writer.order(0, make_order(i), kNow);
  }
  for (std::uint64_t i = 1; i <= 2; ++i) {
    writer.candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(i, true), kNow);
    writer.portfolio(0, make_portfolio(i), kNow);
  }
  writer.candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(3, false), kNow);
  writer.set_wanted(symbol("ETHUSDT"), false);
}

/// What a reader finds at `now`.
struct Found {
  explicit Found(const std::string& segment, std::int64_t now = kNow) : reader(segment) {
    ticker = reader.ticker("BTCUSDT", at(now));
    order_list = reader.orders(orders, at(now));
    candle_list = reader.candles("BTCUSDT", "1m", candles, at(now));
    portfolio = reader.portfolio(at(now));
    reader.status(status);
  }
  [[nodiscard]] bool prices() const { return ticker.has_value; }
  [[nodiscard]] bool candle() const { return candle_list.count > 0; }
  [[nodiscard]] bool private_data() const { return order_list.count > 0 && portfolio.has_value; }
  [[nodiscard]] bool no_private_data() const {
    return order_list.count == 0 && !portfolio.has_value && status.orders == 0 &&
           status.portfolios == 0;
  }

  Reader reader;
  Result<Ticker> ticker;
  std::array<Order, 100> orders;
  ListResult order_list;
  std::array<Candle, 100> candles;
  ListResult candle_list;
  Result<Portfolio> portfolio;
  Status status;
};

}  // namespace

TEST_CASE("everything is carried over with its positions to the same URL and key") {
  const SegmentName name;
  run_once(name);
  CacheWriter writer(options(name), kNow + kSecond);
  const Found found(name, kNow + kSecond);
  CHECK(found.ticker.freshness == Freshness::stale);
  CHECK(found.ticker.reason == Reason::reconnecting);
  CHECK(found.ticker.value.updates == 3);
  CHECK(is_whole(found.ticker.value));
  CHECK(found.ticker.value.epoch == 0);
  CHECK(found.ticker.value.received_ns == kNow);
  CHECK(found.order_list.count == 3);
  CHECK(found.order_list.first_position == 1);
  CHECK(found.status.orders == 3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    CHECK(found.orders[i].filled_at_ns == static_cast<std::int64_t>(i + 1));
    CHECK(found.orders[i].epoch == 0);
    CHECK(is_whole(found.orders[i]));
  }
  CHECK(found.candle_list.count == 3);
  CHECK(number_of(found.candles[2]) == 3);
  CHECK(found.candles[2].closed == 0);
  CHECK(is_whole(found.portfolio.value));
  CHECK(found.portfolio.value.exchange_time_ns == 2);
  CHECK(found.status.portfolios == 2);
  CHECK(found.status.key_accepted);
  CHECK(writer.key_accepted());
  // The tape and the counters are the run's own.
  CHECK(writer.view().tape().head() == 0);
  CHECK(found.status.counter(Counter::ticks) == 0);

  // The count goes on, and the first tick of an epoch is live.
  writer.begin_epoch(0, kNow + kSecond, kUnix);
  CHECK(Found(name, kNow + kSecond).ticker.reason == Reason::previous_epoch);
  CHECK(Found(name, kNow + kSecond).order_list.reason == Reason::previous_epoch);
  writer.ticker(0, symbol("BTCUSDT"), make_ticker(4), kNow + kSecond);
  writer.order(0, make_order(4), kNow + kSecond);
  const Found next(name, kNow + kSecond);
  CHECK(next.ticker.live());
  CHECK(next.ticker.value.updates == 4);
  CHECK(next.order_list.live());
  CHECK(next.order_list.count == 4);
  CHECK(next.order_list.first_position == 1);
}

TEST_CASE("a rejection of the key is not carried over, but that it was accepted is") {
  const SegmentName name;
  run_once(name);
  {
    CacheWriter rejected(options(name), kNow);
    rejected.set_key_rejected(kNow + 1, kNow + 300 * kSecond);
    const Found found(name);
    CHECK(found.status.key_accepted);
    CHECK(found.status.key_rejected_ns == kNow + 1);
    CHECK(found.status.key_retry_until_ns == kNow + 300 * kSecond);
    rejected.set_key_rejected(0, 0);
    CHECK(Found(name).status.key_rejected_ns == 0);
    CHECK(Found(name).status.key_retry_until_ns == 0);
    rejected.set_key_rejected(kNow + 2, kNow + 300 * kSecond);
  }
  const CacheWriter next(options(name), kNow + kSecond);
  const Found found(name, kNow + kSecond);
  CHECK(found.status.key_accepted);
  CHECK(found.status.key_rejected_ns == 0);
}

TEST_CASE("fault 46: another key gets prices and candles but nothing private") {
  const SegmentName name;
  run_once(name);
  WriterOptions other = options(name);
  other.key = "key-of-somebody-else";
  const CacheWriter writer(other, kNow);
  const Found found(name);
  CHECK(found.prices());
  CHECK(found.candle());
  CHECK(found.no_private_data());
  CHECK_FALSE(found.status.key_accepted);
  CHECK(found.reader.key_matches("key-of-somebody-else"));
  CHECK_FALSE(found.reader.key_matches("key-of-the-tests"));
  CHECK_FALSE(found.reader.key_matches(""));
}

TEST_CASE("fault 46: another URL gets nothing") {
  const SegmentName name;
  run_once(name);
  WriterOptions other = options(name);
  other.url = "wss://exchange.test:8443/ws/v1";
  const CacheWriter writer(other, kNow);
  const Found found(name);
  CHECK_FALSE(found.prices());
  CHECK_FALSE(found.candle());
  CHECK(found.no_private_data());
  CHECK_FALSE(found.status.key_accepted);
  CHECK(found.status.symbols == 0);
}

TEST_CASE("fault 46: the key comes back: what was private stays gone") {
  const SegmentName name;
  run_once(name);
  WriterOptions other = options(name);
  other.key = "key-of-somebody-else";
  { const CacheWriter writer(other, kNow); }
  const CacheWriter writer(options(name), kNow);
  const Found found(name);
  CHECK(found.prices());
  CHECK(found.no_private_data());
}

TEST_CASE("entries as old as a day are kept and older ones dropped") {
  const SegmentName name;
  run_once(name);
  {
    const CacheWriter writer(options(name), kNow + kDay);
    const Found found(name);
    CHECK(found.prices());
    CHECK(found.candle());
    CHECK(found.private_data());
  }
  // Those that came together were received one nanosecond after the other.
  CacheWriter writer(options(name), kNow + kDay + 3);
  const Found found(name);
  CHECK_FALSE(found.prices());
  CHECK_FALSE(found.candle());
  CHECK_FALSE(found.private_data());
  // Positions go on all the same: a reader that counted to 3 is not told of a fourth as its first.
  CHECK(found.status.orders == 3);
  writer.order(0, make_order(4), kNow + kDay + 3);
  const Found next(name);
  CHECK(next.order_list.count == 1);
  CHECK(next.order_list.first_position == 4);
}

TEST_CASE("only the old part of a log is dropped") {
  const SegmentName name;
  {
    CacheWriter writer(options(name), kNow);
    for (std::uint64_t i = 1; i <= 10; ++i) {
      writer.order(0, make_order(i), kNow + static_cast<std::int64_t>(i) * kSecond);
    }
  }
  const CacheWriter writer(options(name), kNow + kDay + 6 * kSecond);
  const Found found(name);
  CHECK(found.order_list.count == 5);
  CHECK(found.order_list.first_position == 6);
  CHECK(found.orders[0].filled_at_ns == 6);
}

TEST_CASE("a log that has been lapped is carried over as far as it can be read") {
  const SegmentName name;
  {
    CacheWriter writer(options(name), kNow);
    for (std::uint64_t i = 1; i <= 1000; ++i) writer.order(0, make_order(i), kNow);
  }
  for (int run = 0; run < 3; ++run) {
    const CacheWriter writer(options(name), kNow);
    const Found found(name);
    CHECK(found.order_list.count == 100);
    CHECK(found.order_list.first_position == 901);
    for (std::size_t i = 0; i < 100; ++i) {
      CHECK(found.orders[i].filled_at_ns == static_cast<std::int64_t>(901 + i));
    }
  }
}

TEST_CASE("stamps of another boot are worth nothing") {
  const SegmentName name;
  run_once(name);
  patch_file(name.path(), offsetof(layout::Header, boot_id), std::string(16, '\x5a'));
  const CacheWriter writer(options(name), kNow);
  const Found found(name);
  CHECK_FALSE(found.prices());
  CHECK(found.no_private_data());
}

TEST_CASE("fault 40: a segment of another layout version or a damaged one is replaced") {
  for (const bool other_version : {true, false}) {
    const SegmentName name;
    run_once(name);
    if (other_version) {
      patch_file(name.path(), offsetof(layout::Header, major), std::string(1, '\x63'));
    } else {
      REQUIRE(truncate(name.path().c_str(), 5000) == 0);
    }
    CHECK_THROWS_AS(Reader{name.str()}, SegmentError);
    const CacheWriter writer(options(name), kNow);
    const Found found(name);
    CHECK_FALSE(found.prices());
    CHECK(found.status.run_state == RunState::running);
  }
}

TEST_CASE("fault 40: a corrupt predecessor's counts and positions lead nowhere") {
  const SegmentName name;
  run_once(name);
  const layout::Header header = [&] {
    const std::string bytes = read_file(name.path());
    layout::Header copy;
    std::memcpy(static_cast<void*>(&copy), bytes.data(), sizeof copy);
    return copy;
  }();
  const std::string ones(8, '\xff');
  const auto spoil = [&](layout::Part part, std::size_t offset) {
    patch_file(name.path(), static_cast<off_t>(header.parts[part].offset + offset), ones);
  };
  spoil(layout::kOrders, 0);
  spoil(layout::kPortfolio, 0);
  spoil(layout::kSeries, offsetof(layout::SeriesPrefix, closed_head));
  spoil(layout::kCells, 0);
  spoil(layout::kStatus, offsetof(layout::StatusPart, symbol_count));
  spoil(layout::kStatus, offsetof(layout::StatusPart, series_count));
  const Found spoilt(name);
  CHECK(spoilt.order_list.count <= 100);
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kUnix);
  writer.ticker(0, symbol("ETHUSDT"), make_ticker(1), kNow);
  Reader reader{name.str()};
  CHECK(reader.ticker("ETHUSDT", at(kNow)).live());
}

TEST_CASE("a smaller successor keeps what fits") {
  const SegmentName name;
  {
    CacheWriter writer(options(name), kNow);
    for (const char* text : {"AAA", "BBB", "CCC", "DDD"}) {
      writer.ticker(0, symbol(text), make_ticker(1), kNow);
    }
  }
  WriterOptions small = options(name);
  small.capacities = {2, 2};
  CacheWriter writer(small, kNow);
  Reader reader{name.str()};
  CHECK(reader.symbol_count() == 2);
  CHECK(reader.ticker("AAA", at(kNow)).has_value);
  CHECK(reader.ticker("BBB", at(kNow)).has_value);
  CHECK_FALSE(reader.ticker("CCC", at(kNow)).has_value);
  CHECK_FALSE(writer.ticker(0, symbol("CCC"), make_ticker(1), kNow));
}

TEST_CASE("a symbol that nobody asked for any more is only of an earlier epoch to the next run") {
  const SegmentName name;
  {
    CacheWriter writer(options(name), kNow);
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(1), kNow);
    writer.set_wanted(symbol("BTCUSDT"), false);
  }
  CacheWriter writer(options(name), kNow);
  writer.begin_epoch(0, kNow, kUnix);
  Reader reader{name.str()};
  CHECK(reader.ticker("BTCUSDT", at(kNow)).reason == Reason::previous_epoch);
}

TEST_CASE("candle series of which nothing is left give their places back") {
  const SegmentName name;
  const auto fill_pool = [&](CacheWriter& writer, const std::string& prefix, std::int64_t now) {
    std::size_t stored = 0;
    for (std::uint32_t i = 0; i < layout::kCandleSeries; ++i) {
      const SymbolText text = symbol(prefix + std::to_string(i));
      stored += writer.candle(0, text, interval("1m"), make_candle(1, true), now) ? 1 : 0;
    }
    return stored;
  };
  {
    CacheWriter writer(options(name), kNow);
    CHECK(fill_pool(writer, "OLD", kNow) == layout::kCandleSeries);
    CHECK(fill_pool(writer, "MORE", kNow) == 0);
  }
  CacheWriter writer(options(name), kNow + 2 * kDay);
  CHECK(fill_pool(writer, "NEW", kNow + 2 * kDay) == layout::kCandleSeries);
}

TEST_CASE("what is no longer wanted does not take up the places of what is") {
  const SegmentName name;
  WriterOptions small = options(name);
  small.capacities.symbols = 2;
  {
    CacheWriter writer(small, kNow);
    writer.begin_epoch(0, kNow, kUnix);
    for (const char* old : {"OLD1", "KEPT"}) {
      writer.ticker(0, symbol(old), make_ticker(1), kNow);
      writer.candle(0, symbol(old), interval("1m"), make_candle(1, true), kNow);
    }
  }
  small.wants_ticker = [](const SymbolText& which) { return !(which == "OLD1"); };
  small.wants_candles = [](const SymbolText& which, const IntervalText& length) {
    return which == "KEPT" && length == "1m";
  };
  CacheWriter writer(small, kNow);
  Reader reader{name.str()};
  std::array<Candle, 2> candles;
  CHECK(reader.ticker("OLD1", at(kNow)).freshness == Freshness::missing);
  CHECK(reader.ticker("KEPT", at(kNow)).has_value);
  CHECK(reader.candles("OLD1", "1m", candles, at(kNow)).count == 0);
  CHECK(reader.candles("KEPT", "1m", candles, at(kNow)).count == 1);
  writer.begin_epoch(0, kNow, kUnix);
  CHECK(writer.ticker(0, symbol("NEW1"), make_ticker(1), kNow));
}

TEST_CASE("orders say since when updates may be missing across runs") {
  const SegmentName name;
  WriterOptions dated = options(name);
  dated.unix_offset_ns = kUnix - kNow;
  std::array<Order, 8> orders;
  const auto gap = [&](std::int64_t now) {
    Reader reader{name.str()};
    return reader.orders(orders, at(now)).gap_since_ns;
  };
  std::optional<CacheWriter> writer;

  SUBCASE("killed while connected: since the last message, and said at once") {
    writer.emplace(dated, kNow);
    writer->begin_epoch(0, kNow, kUnix);
    writer->order(0, make_order(1), kNow);
    writer->message(0, 10, kNow + 1 * kSecond);
    writer->beat(kNow + 3 * kSecond);
    writer.reset();
    writer.emplace(dated, kNow + 10 * kSecond);
    CHECK(gap(kNow) == kUnix + 1 * kSecond);
    writer->begin_epoch(0, kNow + 12 * kSecond, kUnix + 12 * kSecond);
    CHECK(gap(kNow) == kUnix + 1 * kSecond);
    writer->order(0, make_order(2), kNow + 13 * kSecond);
    CHECK(gap(kNow) == 0);
    CHECK(orders[1].gap_since_ns == kUnix + 1 * kSecond);
  }
  SUBCASE("killed after the connection was lost: since the last message") {
    writer.emplace(dated, kNow);
    writer->begin_epoch(0, kNow, kUnix);
    writer->message(0, 10, kNow + 2 * kSecond);
    writer->set_connection(0, ConnectionState::waiting, kNow + 4 * kSecond);
    writer.reset();
    writer.emplace(dated, kNow + 10 * kSecond);
    writer->begin_epoch(0, kNow + 12 * kSecond, kUnix + 12 * kSecond);
    CHECK(gap(kNow) == kUnix + 2 * kSecond);
  }
  SUBCASE("a run that never connected does not hide the gap before it") {
    writer.emplace(dated, kNow);
    writer->begin_epoch(0, kNow, kUnix);
    writer->message(0, 10, kNow + 3 * kSecond);
    writer.reset();
    writer.emplace(dated, kNow + 10 * kSecond);
    CHECK(gap(kNow) == kUnix + 3 * kSecond);
    writer.reset();
    writer.emplace(dated, kNow + 20 * kSecond);
    writer->begin_epoch(0, kNow + 21 * kSecond, kUnix + 21 * kSecond);
    CHECK(gap(kNow) == kUnix + 3 * kSecond);
  }
  SUBCASE("a gap that no order has followed yet goes on from its beginning") {
    writer.emplace(dated, kNow);
    writer->begin_epoch(0, kNow, kUnix);
    writer->order(0, make_order(1), kNow);
    writer->message(0, 10, kNow + 2 * kSecond);
    writer->set_connection(0, ConnectionState::waiting, kNow + 4 * kSecond);
    writer->begin_epoch(0, kNow + 5 * kSecond, kUnix + 5 * kSecond);
    CHECK(gap(kNow) == kUnix + 2 * kSecond);
    writer->beat(kNow + 6 * kSecond);
    writer.reset();
    writer.emplace(dated, kNow + 10 * kSecond);
    writer.reset();  // which never connected
    writer.emplace(dated, kNow + 10 * kSecond);
    writer->begin_epoch(0, kNow + 11 * kSecond, kUnix + 11 * kSecond);
    CHECK(gap(kNow) == kUnix + 2 * kSecond);
  }
  SUBCASE("another key has missed nothing of its own") {
    writer.emplace(options(name), kNow);
    writer->begin_epoch(0, kNow, kUnix);
    writer->order(0, make_order(1), kNow);
    writer.reset();
    WriterOptions other = options(name);
    other.key = "another";
    writer.emplace(other, kNow + 10 * kSecond);
    writer->begin_epoch(0, kNow + 11 * kSecond, kUnix);
    CHECK(gap(kNow) == 0);
  }
}

TEST_CASE(
    "fault 45: the key is nowhere in the segment and its fingerprint is another in every run") {
  const SegmentName name;
  const auto fingerprint_of_run = [&] {
    run_once(name);
    const std::string bytes = read_file(name.path());
    CHECK(bytes.find("key-of-the-tests") == std::string::npos);
    CHECK(bytes.find("wss://exchange.test/ws/v1") != std::string::npos);
    layout::Header header;
    std::memcpy(static_cast<void*>(&header), bytes.data(), sizeof header);
    return header.key_fingerprint;
  };
  const std::uint64_t first = fingerprint_of_run();
  CHECK(first != fingerprint_of_run());
}
