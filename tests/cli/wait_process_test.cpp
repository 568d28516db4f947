#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "cli/json_keys.hpp"
#include "cli/test_segment.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

/// Calls `what` once, in the program's lifetime, after it had the time to begin its wait.
std::function<void()> later(std::function<void()> what) {
  return [what = std::move(what), since = boot_now(), done = false]() mutable {
    if (done || boot_now() - since < kSecond / 10) return;
    done = true;
    what();
  };
}

Run waiting(std::vector<std::string> arguments, std::function<void()> meanwhile = {}) {
  Run what;
  what.arguments = std::move(arguments);
  what.meanwhile = std::move(meanwhile);
  return what;
}

}  // namespace

TEST_CASE("wait gives up after its timeout, says why and exits with 6") {
  TestSegment segment;
  const Finished feed = segment.run(waiting({"wait", "--timeout", "0.2"}));
  CHECK(feed.code == 6);
  CHECK(feed.out.empty());
  CHECK(feed.err == "tickcache: timeout after 0.2 s: the feed is stale: feed reconnecting\n");

  segment.connect();
  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  const Finished symbol = segment.run(waiting({"wait", "BTCUSDT", "--timeout", "0.2"}));
  CHECK(symbol.code == 6);
  CHECK(symbol.err == "tickcache: timeout after 0.2 s: BTCUSDT is missing: never seen\n");

  const Finished json = segment.run(waiting({"wait", "BTCUSDT", "--timeout", "0.2", "--json"}));
  CHECK(json.code == 6);
  CHECK(text_of(parsed(json.out), "freshness") == "missing");

  const SegmentName nowhere;
  const Finished none = run(waiting({"wait", "--timeout", "0.2", "--segment", nowhere.str()}));
  CHECK(none.code == 6);
  CHECK(none.err == "tickcache: timeout after 0.2 s: the feed is down: no daemon (no segment \"" +
                        nowhere.str() + "\"); start tickcached\n");
}

TEST_CASE("wait returns at once for what is live") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  const Finished symbol = segment.run(waiting({"wait", "btcusdt"}));
  CHECK(symbol.code == 0);
  CHECK(symbol.out.starts_with("BTCUSDT  64521.30  "));
  const Finished feed = segment.run(waiting({"wait"}));
  CHECK(feed.code == 0);
  CHECK(feed.out == "feed  live  ws://exchange.test/ws/v1\n");
  const Finished json = segment.run(waiting({"wait", "--json"}));
  CHECK(text_of(parsed(json.out), "feed") == "live");
}

TEST_CASE("wait sees what happens while it waits") {
  TestSegment segment;
  SUBCASE("the feed connects") {
    const Finished result = segment.run(waiting({"wait"}, later([&] {
                                                  segment.connect();
                                                  segment.writer().flush();
                                                })));
    CHECK(result.code == 0);
  }
  SUBCASE("a symbol's first tick") {
    segment.connect();
    const Finished result =
        segment.run(waiting({"wait", "BTCUSDT"}, later([&] { segment.tick("BTCUSDT", "1.50"); })));
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("BTCUSDT  1.50  "));
  }
  SUBCASE("a tick that is young enough") {
    segment.connect();
    segment.tick("BTCUSDT", "1", 60 * kSecond);
    const Finished result = segment.run(waiting({"wait", "BTCUSDT", "--max-age", "30"},
                                                later([&] { segment.tick("BTCUSDT", "2"); })));
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("BTCUSDT  2  "));
  }
}

TEST_CASE("wait sees a daemon that starts only later") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  const auto start = later([&] {
    WriterOptions options;
    options.segment = name.str();
    writer.emplace(options, boot_now());
    writer->begin_epoch(0, boot_now(), unix_now());
    writer->set_connection(0, ConnectionState::up, boot_now());
  });
  const Finished result = run(waiting({"wait", "--segment", name.str()}, [&, start]() mutable {
    start();
    if (writer) writer->beat(boot_now());
  }));
  CHECK(result.code == 0);
}
