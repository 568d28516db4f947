// Feed over a segment that somebody has scribbled on: it may say anything, but it stays in bounds
// and returns.
#include <doctest/doctest.h>

#include <unistd.h>

#include <cstring>
#include <random>

#include "support/seed.hpp"
#include "tests/libcache/feed_rig.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

struct Everything {
  explicit Everything(const std::string& segment) : feed(segment) {
    const auto count = [this](const auto&) { ++events; };
    const auto count_tick = [this](const Tick& tick) {
      ++events;
      bytes += tick.symbol.view().size();
    };
    feed.on_ticker("all", count_tick);
    feed.on_ticker("all", count_tick, Delivery::latest);
    feed.on_ticker("BTCUSDT", count_tick);
    feed.on_ticker("ETHUSDT", count_tick, Delivery::latest);
    feed.on_order_update([this](const OrderUpdate& update) {
      ++events;
      bytes += update.order.data.view().size() + update.order.id.view().size();
    });
    feed.on_portfolio([this](const PortfolioUpdate& update) {
      ++events;
      bytes += update.portfolio.roi_pct.view().size();
    });
    feed.on_candles("BTCUSDT", "1m", [this](const ClosedCandle& candle) {
      ++events;
      bytes += candle.candle.volume.view().size();
    });
    feed.on_status(count);
    feed.on_gap(count);
  }

  std::uint64_t events = 0;
  std::size_t bytes = 0;
  Feed feed;
};

void publish_some(Daemon& daemon, std::uint64_t n) {
  daemon.tick("BTCUSDT", n);
  daemon.tick("ETHUSDT", n);
  daemon.order(n);
  daemon.portfolio(n);
  daemon.candle("BTCUSDT", n);
}

/// The writer itself trusts its segment.
void publish_past_the_writer(Daemon& daemon, std::uint64_t n) {
  const WritableSegmentView& view = daemon.writer->view();
  Ticker ticker = make_ticker(n);
  ticker.received_ns = boot_now();
  ticker.updates = n;
  ticker.symbol_index = static_cast<std::uint32_t>(n % 3);
  view.ticker(ticker.symbol_index).publish(ticker);
  view.tape().publish(ticker);
  view.orders().publish(make_order(n));
  view.portfolio().publish(make_portfolio(n));
  view.closed_candles(0).publish(make_candle(n, true));
}

}  // namespace

TEST_CASE("fault 40: a corrupt segment leads a feed nowhere") {
  const std::uint64_t first = seed_or(1);
  std::uint64_t events = 0;
  for (std::uint64_t seed = first; seed < first + 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Daemon daemon(64);
    publish_some(daemon, 1);
    Everything everything(daemon.name.str());
    std::byte* const body = daemon.writer->view().base() + sizeof(layout::Header);
    const std::size_t size = daemon.writer->view().header().segment_size - sizeof(layout::Header);
    for (std::uint64_t round = 2; round < 12; ++round) {
      publish_past_the_writer(daemon, round);
      everything.feed.poll();
      // Single words anywhere, or whole stretches.
      for (std::uint64_t hits = random() % 2000; hits > 0; --hits) {
        const std::size_t length = random() % 64 == 0 ? random() % 4096 : 8;
        const std::size_t at = random() % (size - length) / 8 * 8;
        const int kind = static_cast<int>(random() % 3);
        for (std::size_t i = at; i < at + length / 8 * 8; i += 8) {
          const std::uint64_t word = kind == 0 ? 0 : kind == 1 ? ~std::uint64_t{0} : random();
          std::memcpy(body + i, &word, sizeof word);
        }
      }
      for (int i = 0; i < 3; ++i) everything.feed.poll();
      everything.feed.wait(std::chrono::microseconds(10));
    }
    events += everything.events;
  }
  CHECK(events > 0);
}

TEST_CASE("fault 40: a feed with heads, numbers of symbols and stamps at their limits") {
  constexpr std::uint64_t kGreatest = ~std::uint64_t{0};
  const std::uint64_t values[] = {
      0, 1, kGreatest, kGreatest - 1, kGreatest / 2, kGreatest / 2 + 1, std::uint64_t{1} << 32};
  for (const std::uint64_t value : values) {
    CAPTURE(value);
    Daemon daemon(16);
    publish_some(daemon, 1);
    Everything everything(daemon.name.str());
    const WritableSegmentView view = daemon.writer->view();
    auto* const tape = reinterpret_cast<layout::RingPrefix*>(
        view.base() + view.header().parts[layout::kTape].offset);
    SUBCASE("the tape's head") { tape->head.store(value, std::memory_order_release); }
    SUBCASE("the orders' head") {
      view.prefix(layout::kOrders).head.store(value, std::memory_order_release);
    }
    SUBCASE("the portfolio's head") {
      view.prefix(layout::kPortfolio).head.store(value, std::memory_order_release);
    }
    SUBCASE("the candles' head") {
      view.series(0).closed_head.store(value, std::memory_order_release);
    }
    SUBCASE("numbers of symbols and stamps") {
      Ticker ticker;
      ticker.connection = 0xff;
      ticker.price_scale = 0xff;
      ticker.epoch = static_cast<std::uint32_t>(value);
      ticker.symbol_index = static_cast<std::uint32_t>(value);
      ticker.updates = value;
      ticker.received_ns = static_cast<std::int64_t>(value);
      for (int i = 0; i < 40; ++i) view.tape().publish(ticker);
      view.ticker(0).publish(ticker);
    }
    SUBCASE("counts") {
      view.status().symbol_count.store(value, std::memory_order_release);
      view.status().series_count.store(value, std::memory_order_release);
      view.status().channel_count.store(value, std::memory_order_release);
    }
    for (std::uint64_t n = 2; n < 6; ++n) {
      everything.feed.poll();
      publish_past_the_writer(daemon, n);
    }
    // A sound successor of an unsound segment.
    daemon.stop();
    daemon.kill();
    unlink(daemon.name.path().c_str());
    daemon.start();
    daemon.tick("ADAUSDT", 1);
    const std::uint64_t before = everything.events;
    CHECK(soon([&] {
      everything.feed.poll();
      return everything.events > before;
    }));
  }
}
