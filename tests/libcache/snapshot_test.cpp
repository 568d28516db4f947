// Prices that the daemon asked for: in the cell, on the tape, and between the ticks.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "support/soon.hpp"
#include "tests/libcache/times.hpp"
#include "tickcache/feed.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

/// The exchange's Unix time of a moment.
constexpr std::int64_t exchange(std::int64_t now) { return kUnix + (now - kNow); }

/// A daemon that is subscribed to all tickers since kNow.
struct Subscribed {
  Subscribed() {
    WriterOptions with = options(name);
    with.liveness_timeout_ns = 3600 * kSecond;
    writer.emplace(with, kNow);
    writer->begin_epoch(0, kNow, kUnix);
    acknowledge(kNow);
    reader.emplace(name.str());
  }

  void acknowledge(std::int64_t now) {
    writer->set_channel(ChannelKind::all_tickers, {}, {}, 0, ChannelState::acknowledged, {}, now);
  }
  void tick(std::string_view price, std::int64_t now, std::int64_t sent, bool late = false) {
    Ticker ticker;
    ticker.set_price(*Decimal::parse(price));
    ticker.exchange_time_ns = sent;
    if (late) ticker.objections = Ticker::kLate;
    writer->ticker(0, symbol("BTCUSDT"), ticker, now);
  }
  bool snapshot(std::string_view price, std::int64_t asked, std::int64_t now) {
    const RequestedPrice requested{*Decimal::parse(price), 0, exchange(now), asked};
    return writer->snapshot(symbol("BTCUSDT"), requested, now);
  }
  [[nodiscard]] Ticker cell() {
    Ticker ticker;
    REQUIRE(reader->last("BTCUSDT", ticker));
    return ticker;
  }
  [[nodiscard]] std::string price() { return cell().price().str(); }

  const SegmentName name;
  std::optional<CacheWriter> writer;
  std::optional<Reader> reader;
};

}  // namespace

TEST_CASE("a snapshot is stored for a subscription that was acknowledged before the request") {
  Subscribed daemon;
  CHECK_FALSE(daemon.snapshot("7", kNow - 1, kNow + kSecond));
  REQUIRE(daemon.snapshot("7", kNow + kSecond, kNow + 3 * kSecond / 2));
  const Ticker ticker = daemon.cell();
  CHECK(ticker.is_snapshot());
  CHECK(ticker.received_ns == kNow + kSecond);
  CHECK(ticker.lag_ms == 500);
  CHECK(ticker.updates == 0);
  CHECK_FALSE(ticker.quantity());
  daemon.writer->set_connection(0, ConnectionState::waiting, kNow + 2 * kSecond);
  CHECK_FALSE(daemon.snapshot("8", kNow + 2 * kSecond, kNow + 3 * kSecond));
  CHECK(daemon.price() == "7");
}

TEST_CASE("a tick that may be older than a snapshot does not replace it") {
  Subscribed daemon;
  daemon.tick("1", kNow + kSecond, exchange(kNow + kSecond));
  const std::int64_t at = kNow + 10 * kSecond;
  REQUIRE(daemon.snapshot("5", at, at));
  daemon.tick("2", at + 1, exchange(at - kSecond));
  CHECK(daemon.price() == "5");
  daemon.tick("3", at + 2, exchange(at - 1));
  CHECK(daemon.price() == "5");
  SUBCASE("until one is of the time of the answer") {
    daemon.tick("4", at + 3, exchange(at));
    CHECK(daemon.price() == "4");
    CHECK_FALSE(daemon.cell().is_snapshot());
  }
  SUBCASE("until one has its price") {
    daemon.tick("5.0", at + 3, exchange(at - 1));
    CHECK(daemon.price() == "5.0");  // the same number
    CHECK_FALSE(daemon.cell().is_snapshot());
  }
  SUBCASE("or none comes for two seconds: then the last one is stored") {
    daemon.writer->release_held(at + 2 * kSecond - 1);
    CHECK(daemon.price() == "5");
    daemon.writer->release_held(at + 2 * kSecond + 3);
    CHECK(daemon.price() == "3");
  }
  SUBCASE("late ones never do") {
    daemon.tick("4", at + 5 * kSecond, exchange(at - kSecond), true);
    CHECK(daemon.price() == "5");
    CHECK(daemon.cell().objections == Ticker::kLate);
  }
  SUBCASE("nor does one when a later tick was rejected") {
    daemon.writer->reject_tick(symbol("BTCUSDT"));
    daemon.writer->release_held(at + 10 * kSecond);
    CHECK(daemon.price() == "5");
    CHECK(daemon.cell().objections == Ticker::kRejected);
  }
  SUBCASE("nor does one whose symbol is no longer wanted") {
    daemon.writer->set_wanted(symbol("BTCUSDT"), false);
    daemon.writer->release_held(at + 10 * kSecond);
    CHECK(daemon.price() == "5");
    CHECK(daemon.cell().objections == Ticker::kUnsubscribed);
  }
  SUBCASE("what is held against the cell is held against the tick that is stored late") {
    daemon.writer->set_objection(0, Ticker::kLost, true);
    daemon.writer->release_held(at + 10 * kSecond);
    CHECK(daemon.price() == "3");
    CHECK(daemon.cell().objections == Ticker::kLost);
  }
  SUBCASE("nor does a tick of the session before") {
    daemon.writer->set_connection(0, ConnectionState::waiting, at + 5);
    daemon.writer->begin_epoch(0, at + 6, kUnix);
    daemon.writer->release_held(at + 10 * kSecond);
    CHECK(daemon.price() == "5");
  }
}

TEST_CASE("a symbol that does not fit is no message that was rejected") {
  Subscribed daemon;
  const std::int64_t at = kNow + kSecond;
  const std::uint32_t room = daemon.writer->view().cell_count();
  const RequestedPrice requested{{1, 0, {}}, 0, 0, at};
  for (std::uint32_t i = 0; i < room; ++i) {
    REQUIRE(daemon.writer->snapshot(symbol("S" + std::to_string(i)), requested, at));
  }
  CHECK_FALSE(daemon.writer->snapshot(symbol("MORE"), requested, at));
  Status status;
  daemon.reader->status(status);
  CHECK(status.counter(Counter::rejected_capacity) == 0);
  CHECK(status.symbols == room);
}

TEST_CASE("the latest of a feed is the snapshot that came after several ticks") {
  Subscribed daemon;
  Feed feed(daemon.name.str());
  std::vector<std::string> latest;
  feed.on_ticker(
      "all",
      [&](const Tick& tick) {
        latest.push_back(tick.ticker.price().str() + " missed " + std::to_string(tick.missed));
      },
      Delivery::latest);
  const std::int64_t at = kNow + 10 * kSecond;
  for (int i = 1; i <= 3; ++i) daemon.tick(std::to_string(i), at + i, exchange(at + i));
  REQUIRE(daemon.snapshot("9", at + 4, at + 5));
  while (feed.poll() > 0) continue;
  REQUIRE_FALSE(latest.empty());
  CHECK(latest.back().starts_with("9 "));
  CHECK(std::count_if(latest.begin(), latest.end(),
                      [](const std::string& line) { return line.starts_with("9 "); }) == 1);
}

TEST_CASE("a feed that was there before the segment gets a snapshot") {
  const SegmentName name;
  Feed feed(name.str());
  std::vector<std::string> seen;
  feed.on_ticker("BTCUSDT", [&](const Tick& tick) { seen.push_back(tick.ticker.price().str()); });
  feed.poll();
  WriterOptions with = options(name);
  const std::int64_t now = boot_now();
  CacheWriter writer(with, now);
  writer.begin_epoch(0, now, kUnix);
  writer.set_channel(ChannelKind::all_tickers, {}, {}, 0, ChannelState::acknowledged, {}, now);
  REQUIRE(writer.snapshot(symbol("BTCUSDT"), {{7, 0, {}}, 0, 0, now + 1}, now + 2));
  CHECK(soon([&] {
    feed.poll();
    return !seen.empty();
  }));
  CHECK(seen == std::vector<std::string>{"7"});
}

TEST_CASE("feeds deliver snapshots, marked, and count nothing as missed for them") {
  Subscribed daemon;
  Feed feed(daemon.name.str());
  Feed slow(daemon.name.str());
  std::vector<std::string> every;
  std::vector<std::string> latest;
  const auto writes = [](std::vector<std::string>& log) {
    return [&log](const Tick& tick) {
      log.push_back(tick.ticker.price().str() + (tick.ticker.is_snapshot() ? " snapshot" : "") +
                    (tick.ticker.is_overtaken() ? " overtaken" : "") +
                    (tick.missed > 0 ? " missed " + std::to_string(tick.missed) : ""));
    };
  };
  const std::int64_t at = kNow + 10 * kSecond;
  // Asked for before the handlers were there, and stored after.
  feed.on_ticker("all", writes(every));
  slow.on_ticker("BTCUSDT", writes(latest), Delivery::latest);
  daemon.tick("1", at, exchange(at));
  REQUIRE(daemon.snapshot("5", at + 1, at + 2));
  feed.poll();
  slow.poll();
  CHECK(every == std::vector<std::string>{"1", "5 snapshot"});
  daemon.tick("2", at + 3, exchange(at));
  daemon.tick("6", at + 4, exchange(at + 4));
  feed.poll();
  slow.poll();
  CHECK(every == std::vector<std::string>{"1", "5 snapshot", "2 overtaken", "6"});
  REQUIRE_FALSE(latest.empty());
  CHECK(latest.back() == "6 missed 1");
  for (const std::string& line : latest) CHECK(line.find("overtaken") == std::string::npos);
  CHECK(feed.missed() == 0);
}
