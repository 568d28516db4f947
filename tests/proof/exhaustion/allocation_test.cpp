// The Nth allocation fails, for each N until a run goes through: nothing crashes, nothing is
// corrupted, and the next try succeeds.
#include <doctest/doctest.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <new>
#include <optional>

#include "daemon/core/daemon.hpp"
#include "daemon/core/signals.hpp"
#include "e2e/installation.hpp"
#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/proof/exhaustion/failing_new.hpp"
#include "tickcache/tickcache.h"
#include "tickcache/tickcache.hpp"

namespace tickcache::test {
namespace {

constexpr std::uint64_t kBefore = 5;

void publish_everything(CacheWriter& writer) {
  const std::int64_t now = boot_now();
  writer.begin_epoch(0, now, unix_now());
  for (std::uint64_t n = 1; n <= kBefore; ++n) {
    writer.ticker(0, symbol("BTCUSDT"), make_ticker(n), now);
    writer.order(0, make_order(n), now);
    writer.portfolio(0, make_portfolio(n), now);
    writer.candle(0, symbol("BTCUSDT"), interval("1m"), make_candle(n, true), now);
  }
  writer.flush();
}

/// Calls `act()` with the first allocation failing, then with the second, until none fails.
/// `afterwards()` is called after each. Returns how many failed.
template <class Act, class After>
std::uint64_t fail_each(Act&& act, After&& afterwards) {
  for (std::uint64_t number = 1;; ++number) {
    CAPTURE(number);
    bool failed = false;
    {
      const FailingNew allocations(number);
      try {
        act();
      } catch (const std::bad_alloc&) {
      }
      failed = FailingNew::failed();
    }
    afterwards();
    if (!failed) return number - 1;
  }
}

}  // namespace

TEST_CASE("fault 43: a daemon that starts without memory leaves the segment as it was") {
  const SegmentName name;
  { publish_everything(*std::make_unique<CacheWriter>(options(name), boot_now())); }
  const std::uint64_t failures = fail_each(
      [&] {
        CacheWriter writer(options(name), boot_now());
        writer.beat(boot_now());
      },
      [&] {
        CHECK_FALSE(exists(name.next_path()));
        Reader reader(name.str());
        const Result<Ticker> result = reader.ticker("BTCUSDT");
        REQUIRE(result.has_value);
        CHECK(is_whole(result.value));
        CHECK(result.value.updates == kBefore);
        std::array<Order, 10> orders;
        CHECK(reader.orders(orders).count == kBefore);
      });
  CHECK(failures > 5);
  MESSAGE(failures << " allocations failed");
}

TEST_CASE("fault 43: storing and waking allocate nothing, so that there is nothing to fail") {
  const SegmentName name;
  CacheWriter writer(options(name), boot_now());
  Reader reader(name.str());
  publish_everything(writer);
  CHECK(fail_each([&] { publish_everything(writer); }, [] {}) == 0);
  static Status status;
  std::array<Order, 10> orders;
  const auto look = [&] {
    std::uint64_t values = reader.ticker("BTCUSDT").has_value ? 1 : 0;
    values += reader.orders(orders).count + reader.candles("BTCUSDT", "1m", {}).count;
    values += reader.portfolio().has_value ? 1 : 0;
    reader.status(status);
    reader.wait(reader.wake_word(), Topics::ticks(), std::chrono::nanoseconds(1));
    CHECK(values > 2);
  };
  CHECK(fail_each(look, [] {}) == 0);
}

TEST_CASE("fault 43: a reader that cannot be made without memory can be made with it") {
  const SegmentName name;
  CacheWriter writer(options(name), boot_now());
  publish_everything(writer);
  bool live = false;
  const auto nothing = [] {};
  CHECK(fail_each([&] { live = Reader(name.str()).ticker("BTCUSDT").live(); }, nothing) > 0);
  CHECK(live);
  std::string why;
  const auto say_why = [&] { why = Reader("tickcache-test-of-no-such-name").error_message(); };
  CHECK(fail_each(say_why, nothing) > 0);
  CHECK(has(why, "start tickcached"));
}

TEST_CASE("fault 43: a feed that runs out of memory goes on when there is some") {
  const SegmentName name;
  CacheWriter writer(options(name), boot_now());
  publish_everything(writer);
  std::uint64_t ticks = 0;
  std::optional<Feed> feed;
  const std::uint64_t failures = fail_each(
      [&] {
        ticks = 0;
        feed.emplace(name.str());
        feed->on_ticker("all", [&](const Tick&) { ++ticks; });
        publish_everything(writer);
        feed->poll();
      },
      [&] {
        if (!feed) return;
        publish_everything(writer);
        feed->poll();
        // Asked for or not: if so, nothing was lost.
        CHECK(ticks % kBefore == 0);
      });
  CHECK(failures > 2);
  CHECK(ticks == 2 * kBefore);
}

TEST_CASE("fault 43: a feed without memory for the next run goes over to it later, and once") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  writer.emplace(options(name), boot_now());
  publish_everything(*writer);
  std::uint64_t ticks = 0;
  std::uint64_t newest = 0;
  std::uint64_t restarts = 0;
  Feed feed(name.str());
  feed.on_ticker("all", [&](const Tick&) { ++ticks; });
  feed.on_ticker(
      "BTCUSDT", [&](const Tick& tick) { newest = tick.ticker.updates; }, Delivery::latest);
  feed.on_gap([&](const FeedGap& gap) { restarts += gap.cause == GapCause::restarted ? 1 : 0; });
  writer.reset();
  writer.emplace(options(name), boot_now());
  publish_everything(*writer);
  std::uint64_t failures = 0;
  CHECK(soon([&] {
    failures += fail_each([&] { feed.poll(); }, [] {});
    return ticks == kBefore;
  }));
  CHECK(newest == 2 * kBefore);
  CHECK(restarts == 1);
  CHECK(failures > 2);
}

TEST_CASE("fault 43: the C interface reports a lack of memory") {
  const SegmentName name;
  CacheWriter writer(options(name), boot_now());
  publish_everything(writer);
  std::array<char, 200> message{};
  const std::uint64_t failures = fail_each(
      [&] {
        tickcache_reader* reader = nullptr;
        const int code =
            tickcache_open(name.str().c_str(), &reader, message.data(), message.size());
        CHECK((code == TICKCACHE_OK) == (reader != nullptr));
        CHECK((code == TICKCACHE_OK || code == TICKCACHE_ERROR_SYSTEM));
        tickcache_close(reader);
        tickcache_feed* feed = nullptr;
        const int feed_code =
            tickcache_feed_open(name.str().c_str(), &feed, message.data(), message.size());
        CHECK((feed_code == TICKCACHE_OK) == (feed != nullptr));
        if (feed != nullptr) {
          tickcache_feed_on_ticker(feed, "all", TICKCACHE_EVERY, nullptr, nullptr);
          tickcache_event event;
          while (tickcache_feed_next(feed, &event) == 1) continue;
        }
        tickcache_feed_close(feed);
      },
      [] {});
  CHECK(failures > 2);
}

TEST_CASE("fault 43: no exception leaves the C interface") {
  const SegmentName name;
  const SegmentName missing;
  CacheWriter writer(options(name), boot_now());
  publish_everything(writer);
  tickcache_reader* reader = nullptr;
  REQUIRE(tickcache_open(missing.str().c_str(), &reader, nullptr, 0) == TICKCACHE_OK);
  tickcache_feed* feed = nullptr;
  REQUIRE(tickcache_feed_open(name.str().c_str(), &feed, nullptr, 0) == TICKCACHE_OK);

  std::uint64_t escaped = 0;
  std::uint64_t failures = 0;
  const auto call = [&](auto&& function) {
    failures += fail_each(
        [&] {
          try {
            function();
          } catch (...) {
            ++escaped;
          }
        },
        [] {});
  };
  int code = 0;
  std::array<char, 200> message{};
  call([&] { code = tickcache_error(reader, message.data(), message.size()); });
  CHECK(code == TICKCACHE_ERROR_MISSING);
  CHECK(has(message.data(), "start tickcached"));

  const auto handler = [](const tickcache_event*, void*) {};
  call([&] { tickcache_feed_on_ticker(feed, "all", TICKCACHE_LATEST, handler, nullptr); });
  call([&] { tickcache_feed_on_ticker(feed, "SOLUSDT", TICKCACHE_EVERY, handler, nullptr); });
  call([&] { tickcache_feed_on_candles(feed, "BTCUSDT", "1m", handler, nullptr); });
  call([&] { tickcache_feed_on_order_update(feed, handler, nullptr); });
  call([&] { tickcache_feed_on_portfolio(feed, handler, nullptr); });
  call([&] { tickcache_feed_on_status(feed, handler, nullptr); });
  call([&] { tickcache_feed_on_gap(feed, handler, nullptr); });
  call([&] { tickcache_feed_on_ticker(feed, "", TICKCACHE_EVERY, handler, nullptr); });
  int symbols = 0;
  call([&] {
    writer.ticker(0, symbol("NEW" + std::to_string(++symbols)), make_ticker(1), boot_now());
    tickcache_feed_poll(feed, SIZE_MAX);
  });
  call([&] {
    writer.ticker(0, symbol("MORE" + std::to_string(++symbols)), make_ticker(1), boot_now());
    tickcache_event event;
    while (tickcache_feed_next(feed, &event) == 1) continue;
  });
  call([&] { tickcache_feed_wait(feed, 0); });
  tickcache_feed_close(feed);
  tickcache_close(reader);
  CHECK(escaped == 0);
  CHECK(failures > 20);
}

namespace {

/// The numbers of the allocations that fail in turn: each, if TICKCACHE_EVERY_ALLOCATION is set in
/// the environment, else ever fewer.
std::uint64_t next_number(std::uint64_t number) {
  static const bool every = std::getenv("TICKCACHE_EVERY_ALLOCATION") != nullptr;
  return every ? number + 1 : number + 1 + number / 12;
}

bool has_ended(pid_t pid) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid != 0;
}

/// What becomes of a daemon whose allocation of a certain number fails.
struct Shortage {
  int exit_code = 0;
  bool failed = false;  ///< whether it came to that
};

/// Runs one, in a process of its own, until it has ended or everything is live.
Shortage run_short(const std::string& segment, const std::string& url, std::uint64_t number) {
  Shared<std::atomic<bool>> failed;
  Child child([&] {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("none", std::make_shared<spdlog::sinks::null_sink_mt>()));
    daemon::Inputs inputs;
    inputs.default_file = "";
    inputs.arguments = {"--segment=" + segment, "--url=" + url, "--candles=BTCUSDT:1m"};
    inputs.environment = [](const std::string& name) -> std::optional<std::string> {
      if (name == "AGENTEXCHANGE_API_KEY") return "ak_live_short";
      return std::nullopt;
    };
    daemon::block_signals();
    const daemon::Config config = *daemon::load(inputs).config;
    int code = daemon::kExitFailure;
    const FailingNew allocations(number);
    try {  // as main() does it
      code = daemon::Daemon(config, inputs).run();
    } catch (const std::exception&) {
    }
    *failed = FailingNew::failed();
    return code;
  });
  Reader reader(segment);
  CHECK(soon([&] {
    return has_ended(child.pid()) ||
           (status_of(reader)->writer_pid == static_cast<std::uint32_t>(child.pid()) &&
            reader.ticker("BTCUSDT").live());
  }));
  child.signal(SIGTERM);
  const int exit_code = child.wait();
  return {exit_code, failed->load()};
}

}  // namespace

TEST_CASE(
    "fault 43: tickcached ends or goes on, whichever allocation fails; the next one recovers") {
  Program exchange({TICKCACHE_SIM_PROGRAM, {"--symbols", "3", "--rate", "2000", "--quiet"}, {}});
  REQUIRE(soon([&] { return has(exchange.out(), "listening on ") && has(exchange.out(), "\n"); }));
  const std::string listening = exchange.out();
  const std::string url = listening.substr(13, listening.find('\n') - 13);
  const SegmentName name;
  std::uint64_t number = 0;
  std::uint64_t failures = 0;
  std::uint64_t ended = 0;
  for (bool failed = true; failed;) {
    number = next_number(number);
    CAPTURE(number);
    const Shortage shortage = run_short(name, url, number);
    failed = shortage.failed;
    failures += failed ? 1 : 0;
    ended += shortage.exit_code != 0 ? 1 : 0;
    CHECK((shortage.exit_code == 0 || shortage.exit_code == daemon::kExitFailure));
    CHECK_FALSE(exists(name.next_path()));
  }
  CHECK(failures > 10);
  CHECK(ended > 5);
  MESSAGE(failures << " allocations failed, the last one number " << number << " or less; " << ended
                   << " times the daemon ended");
  CHECK(run_short(name, url, 0).exit_code == 0);
}

}  // namespace tickcache::test
