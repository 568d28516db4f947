// Runs the program that is written in C over a feed that this test publishes.
#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include "support/child.hpp"
#include "tests/libcache/feed_rig.hpp"
#include "tickcache/tickcache.h"

namespace {

using namespace tickcache;
using namespace tickcache::test;

/// The program, and what it prints.
class Program {
 public:
  Program(const char* how, const std::string& segment) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    child_.emplace([&] {
      dup2(pipe[1], STDOUT_FILENO);
      execl(C_FEED_PROGRAM, C_FEED_PROGRAM, how, segment.c_str(), nullptr);
      return 98;
    });
    close(pipe[1]);
    output_ = fdopen(pipe[0], "r");
  }
  ~Program() { fclose(output_); }

  /// Blocks until there is a line; empty if the program has ended.
  std::string line() {
    std::array<char, 256> buffer;
    if (fgets(buffer.data(), buffer.size(), output_) == nullptr) return {};
    std::string text = buffer.data();
    if (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  Lines rest() {
    Lines lines;
    for (std::string text = line(); !text.empty(); text = line()) lines.push_back(text);
    return lines;
  }
  int exit_code() { return child_->wait(); }

 private:
  std::optional<Child> child_;
  FILE* output_ = nullptr;
};

void publish(Daemon& daemon, const char* id) {
  Order order;
  order.id.assign(id);
  daemon.writer->order(0, order, boot_now());
}

void publish(Daemon& daemon, std::string_view text, std::string_view price) {
  Ticker ticker;
  ticker.set_price(*Decimal::parse(price));
  daemon.writer->ticker(0, symbol(text), ticker, boot_now());
}

/// BTCUSDT is asked for in two ways, with handlers for each. Whoever takes event by event gets a
/// tick once.
int times(const char* how) { return std::string_view(how) == "next" ? 1 : 2; }

Lines run(const char* how) {
  Daemon daemon;
  publish(daemon, "ETHUSDT", "3500");
  Program program(how, daemon.name);
  CHECK(program.line() == "ready");
  publish(daemon, "first");
  Candle candle;
  candle.volume.assign("12.5");
  candle.closed = 1;
  daemon.writer->candle(0, symbol("BTCUSDT"), interval("1m"), candle, boot_now());
  Portfolio portfolio;
  portfolio.total_equity.assign("10000.25");
  daemon.writer->portfolio(0, portfolio, boot_now());
  publish(daemon, "BTCUSDT", "64521.30000000");
  publish(daemon, "BTCUSDT", "64521.31000000");
  publish(daemon, "ETHUSDT", "3500.10");
  daemon.flush();
  Lines lines;
  while (lines.empty() || lines.back().find("ETHUSDT") == std::string::npos) {
    lines.push_back(program.line());
    REQUIRE(!lines.back().empty());
  }
  daemon.reconnect();
  publish(daemon, "BTCUSDT", "64521.32");
  daemon.flush();
  for (int left = times(how); left > 0;) {
    lines.push_back(program.line());
    REQUIRE(!lines.back().empty());
    if (lines.back().find("64521.32") != std::string::npos) --left;
  }
  publish(daemon, "last");
  daemon.flush();
  for (std::string& line : program.rest()) lines.push_back(line);
  CHECK(program.exit_code() == 0);
  return lines;
}

}  // namespace

TEST_CASE("C: a feed by handlers, by polling, and event by event") {
  for (const char* how : {"handlers", "poll", "next"}) {
    CAPTURE(how);
    const Lines lines = run(how);
    const auto has = [&](std::string_view line) {
      return std::count(lines.begin(), lines.end(), line) == 1;
    };
    CHECK(std::count(lines.begin(), lines.end(), "status live none") >= 1);
    CHECK(has("order first at 1 missed 0"));
    CHECK(has("candle BTCUSDT 1m volume 12.5"));
    CHECK(has("portfolio 10000.25"));
    CHECK(has("gap channel 4 cause 2 missed 0 "));
    CHECK(has("gap channel 1 cause 2 missed 0 "));
    CHECK(has("order last at 2 missed 0"));
    CHECK(lines.back() == "missed 0");
    CAPTURE(lines);
    const auto begin_with = [&](std::string_view text) {
      return std::count_if(lines.begin(), lines.end(),
                           [&](const std::string& line) { return line.starts_with(text); });
    };
    // The latest may already be the second when the first is given.
    CHECK(begin_with("tick BTCUSDT 64521.30000000 updates 1 missed 0") >= 1);
    CHECK(begin_with("tick BTCUSDT 64521.31000000 updates 2 missed ") == times(how));
    CHECK(std::count(lines.begin(), lines.end(), "tick BTCUSDT 64521.32 updates 3 missed 0") ==
          times(how));
    CHECK(has("tick ETHUSDT 3500.10 updates 2 missed 0"));
  }
}

TEST_CASE("C: events mark snapshots, and ticks that these have overtaken") {
  Daemon daemon;
  daemon.writer->set_channel(ChannelKind::all_tickers, {}, {}, 0, ChannelState::acknowledged, {},
                             boot_now());
  tickcache_feed* feed = nullptr;
  REQUIRE(tickcache_feed_open(daemon.name.str().c_str(), &feed, nullptr, 0) == TICKCACHE_OK);
  REQUIRE(tickcache_feed_on_ticker(feed, "all", TICKCACHE_EVERY, nullptr, nullptr) > 0);
  publish(daemon, "BTCUSDT", "64521.30");
  const std::int64_t asked = boot_now();
  REQUIRE(daemon.writer->snapshot(symbol("BTCUSDT"), {*Decimal::parse("64521.32"), 0, 0, asked},
                                  asked + 30'000'000));
  publish(daemon, "BTCUSDT", "64521.31");
  publish(daemon, "BTCUSDT", "64521.32");
  daemon.flush();
  struct Expected {
    int updates, snapshot, overtaken, lag_ms;
  };
  for (const Expected& expected :
       {Expected{1, 0, 0, 0}, Expected{1, 1, 0, 30}, Expected{2, 0, 1, 0}, Expected{3, 0, 0, 0}}) {
    tickcache_event event{};
    REQUIRE(tickcache_feed_next(feed, &event) == 1);
    REQUIRE(event.kind == TICKCACHE_EVENT_TICK);
    CHECK(event.missed == 0);
    CHECK(event.ticker.updates == static_cast<std::uint64_t>(expected.updates));
    CHECK(event.ticker.snapshot == expected.snapshot);
    CHECK(event.ticker.overtaken == expected.overtaken);
    CHECK(event.ticker.lag_ms == expected.lag_ms);
  }
  tickcache_feed_close(feed);
}

TEST_CASE("fault 47: a feed knows whose key is used by the daemon whose event it took last") {
  Daemon daemon;
  tickcache_feed* feed = nullptr;
  REQUIRE(tickcache_feed_open(daemon.name.str().c_str(), &feed, nullptr, 0) == TICKCACHE_OK);
  REQUIRE(tickcache_feed_on_order_update(feed, nullptr, nullptr) > 0);
  const auto next_order = [&] {
    tickcache_event event{};
    return soon([&] {
      return tickcache_feed_next(feed, &event) == 1 && event.kind == TICKCACHE_EVENT_ORDER;
    });
  };

  publish(daemon, "first");
  daemon.key = "another";
  daemon.restart();
  publish(daemon, "second");
  CHECK(next_order());
  CHECK(tickcache_feed_key_matches(feed, "key-of-the-tests") == 1);
  CHECK(tickcache_feed_key_matches(feed, "another") == 0);
  CHECK(tickcache_feed_key_matches(feed, "") == 0);
  CHECK(next_order());
  CHECK(tickcache_feed_key_matches(feed, "key-of-the-tests") == 0);
  CHECK(tickcache_feed_key_matches(feed, "another") == 1);
  tickcache_feed_close(feed);
}

// What comes between the look that found nothing and the reading of the wake word is found only by
// the next look.
TEST_CASE("C: whoever took a status and no more does not sleep before everything is looked at") {
  Daemon daemon;
  tickcache_feed* feed = nullptr;
  REQUIRE(tickcache_feed_open(daemon.name.str().c_str(), &feed, nullptr, 0) == TICKCACHE_OK);
  REQUIRE(tickcache_feed_on_order_update(feed, nullptr, nullptr) > 0);
  REQUIRE(tickcache_feed_on_status(feed, nullptr, nullptr) > 0);
  tickcache_event event{};
  REQUIRE(tickcache_feed_next(feed, &event) == 1);
  CHECK(event.kind == TICKCACHE_EVENT_STATUS);
  CHECK(tickcache_feed_wait(feed, 0) == TICKCACHE_CHANGED);
  CHECK(tickcache_feed_next(feed, &event) == 0);
  CHECK(tickcache_feed_wait(feed, 0) == TICKCACHE_TIMEOUT);
  tickcache_feed_close(feed);
}

TEST_CASE("C: an exception of a handler in C++ does not leave the C interface") {
  Daemon daemon;
  tickcache_feed* feed = nullptr;
  REQUIRE(tickcache_feed_open(daemon.name.str().c_str(), &feed, nullptr, 0) == TICKCACHE_OK);
  int calls = 0;
  const auto handler = [](const tickcache_event*, void* user) {
    if (++*static_cast<int*>(user) == 1) throw std::runtime_error("of a handler");
  };
  REQUIRE(tickcache_feed_on_ticker(feed, "all", TICKCACHE_EVERY, handler, &calls) > 0);
  publish(daemon, "BTCUSDT", "1");
  publish(daemon, "BTCUSDT", "2");
  CHECK_NOTHROW(tickcache_feed_poll(feed, SIZE_MAX));
  CHECK(calls == 1);
  CHECK(tickcache_feed_poll(feed, SIZE_MAX) == 1);  // goes on behind it
  CHECK(calls == 2);
  tickcache_feed_close(feed);
}
