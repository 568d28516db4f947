#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "cli/json_keys.hpp"
#include "cli/test_segment.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

constexpr const char* kKeys =
    "segment feed reason run_state upstream hops version pid instance started_at uptime_ms "
    "heartbeat_age_ms silence_after_ms verified_at verified_for_ms confirmed rest key_accepted "
    "key_rejected_since key_retried_until symbols "
    "max_symbols orders portfolios "
    "connections channels counters";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

void subscribe(TestSegment& segment) {
  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  segment.channel(ChannelKind::orders, ChannelState::acknowledged);
  segment.channel(ChannelKind::portfolio, ChannelState::sent);
  segment.channel(ChannelKind::candles, ChannelState::refused, "BTCUSDT", "4h",
                  "Invalid channel\x1b[2J");
}

}  // namespace

TEST_CASE("status tells the state of everything in sentences") {
  TestSegment segment;
  segment.connect();
  subscribe(segment);
  for (int i = 0; i < 1234; ++i) segment.tick("BTCUSDT", "1");
  segment.writer().count(Counter::rejected_price);

  const Finished result = segment.run({"status"});
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("feed       live\nupstream   ws://exchange.test/ws/v1\n"));
  CHECK(contains(result.out, "tickcached 9.8.7, pid " + std::to_string(getpid()) + ", up for "));
  CHECK(contains(result.out, "\nconnection 0: up for "));
  CHECK(contains(result.out, "\nticker:all: acknowledged, 1,234 received, last "));
  CHECK(contains(result.out, "\norders: acknowledged, nothing received yet\n"));
  CHECK(contains(result.out, "\nportfolio: requested, not answered yet\n"));
  CHECK(contains(result.out, "\ncandles:BTCUSDT:4h: refused: Invalid channel\\x1b[2J\n"));
  CHECK(contains(result.out, "1  message rejected: price absent"));
  CHECK_FALSE(contains(result.out, "no valid JSON"));
}

TEST_CASE("status --json has fixed keys, with and without a daemon") {
  TestSegment segment;
  segment.connect();
  subscribe(segment);
  segment.tick("BTCUSDT", "1");
  const auto object = parsed(segment.run({"status", "--json"}).out);
  CHECK(keys_of(object) == kKeys);
  CHECK(text_of(object, "feed") == "live");
  CHECK(text_of(object, "reason") == "null");
  CHECK(text_of(object, "run_state") == "running");
  CHECK(object["pid"].GetInt() == getpid());
  REQUIRE(object["connections"].Size() == 1);
  CHECK(keys_of(object["connections"][0]) ==
        "connection state epoch since last_message_at last_tick_at messages last_error "
        "last_error_at failures silence_limit_ms lag_ms lagging");
  CHECK(object["connections"][0]["last_error"].IsNull());
  CHECK(object["connections"][0]["last_error_at"].IsNull());
  CHECK(object["connections"][0]["failures"].GetUint() == 0);
  REQUIRE(object["channels"].Size() == 4);
  CHECK(keys_of(object["channels"][3]) ==
        "channel kind symbol interval state reason connection since first_data_at last_data_at "
        "count origin reconciled_at");
  CHECK(text_of(object["channels"][3], "channel") == "candles:BTCUSDT:4h");
  CHECK(object["counters"]["ticks"].GetUint64() == 1);
  CHECK(object["counters"]["rejected_json"].GetUint64() == 0);

  const SegmentName nowhere;
  Run what;
  what.arguments = {"status", "--json", "--segment", nowhere.str()};
  const Finished none = run(what);
  CHECK(none.code == 5);
  const auto nothing = parsed(none.out);
  CHECK(keys_of(nothing) == kKeys);
  CHECK(text_of(nothing, "feed") == "down");
  CHECK(text_of(nothing, "reason") == "no_segment");
  CHECK(nothing["pid"].IsNull());
  CHECK(keys_of(nothing["counters"]) == keys_of(object["counters"]));
}

TEST_CASE("status tells how late ticks are, and whether the exchange has confirmed the prices") {
  TestSegment segment;
  segment.connect();
  subscribe(segment);
  segment.tick("BTCUSDT", "1");
  std::string text = segment.run({"status"}).out;
  CHECK(contains(text, "\nconfirmed  never by the exchange\nREST       not asked\n"));
  CHECK(contains(text, "\n  ticks: no lag known, silent after 30 s without one\n"));
  auto object = parsed(segment.run({"status", "--json"}).out);
  CHECK(object["verified_at"].IsNull());
  CHECK_FALSE(object["confirmed"].GetBool());
  CHECK(text_of(object, "rest") == "unused");

  segment.writer().count(Counter::audits, 12);
  segment.writer().set_silence_limit(0, 3 * kSecond);
  segment.writer().set_confirmed(boot_now() - kSecond, 600 * kSecond);
  segment.writer().tick_seen(0, boot_now(), 5000, true);
  const Finished lagging = segment.run({"status"});
  CHECK(lagging.code == 4);
  text = lagging.out;
  CHECK(text.starts_with("feed       stale: ticks arrive late\n"));
  CHECK(contains(text, "\nconfirmed  by the exchange 1."));
  CHECK(contains(text, "\nREST       12 comparisons, 0 snapshots, 0 healed\n"));
  CHECK(contains(text, "\n  ticks: 5.0 s late, silent after 3.0 s without one\n"));
  object = parsed(segment.run({"status", "--json"}).out);
  CHECK(text_of(object, "reason") == "lagging");
  CHECK(text_of(object, "verified_at").ends_with("Z"));
  CHECK(object["verified_for_ms"].GetInt64() == 600'000);
  CHECK(object["confirmed"].GetBool());
  CHECK(text_of(object, "rest") == "answers");
  const auto& connection = object["connections"][0];
  CHECK(connection["silence_limit_ms"].GetInt64() == 3000);
  CHECK(connection["lag_ms"].GetInt64() == 5000);
  CHECK(connection["lagging"].GetBool());
}

TEST_CASE("status tells why a connection is not up, and after that, why it was not") {
  TestSegment segment;
  segment.connect();
  segment.disconnect();
  segment.writer().set_error(0, "cannot connect (Connection refused)", 3, boot_now());
  const std::string error = "\n  last error: cannot connect (Connection refused), 0.";
  Finished result = segment.run({"status"});
  CHECK(contains(result.out, error));
  CHECK(contains(result.out, " s ago, 3 failed attempts in a row\n"));
  const auto object = parsed(segment.run({"status", "--json"}).out);
  const auto& connection = object["connections"][0];
  CHECK(text_of(connection, "last_error") == "cannot connect (Connection refused)");
  CHECK(text_of(connection, "last_error_at").ends_with("Z"));
  CHECK(connection["failures"].GetUint() == 3);

  segment.connect();
  result = segment.run({"status"});
  CHECK(contains(result.out, "\nconnection 0: up for "));
  CHECK(contains(result.out, error));
  CHECK_FALSE(contains(result.out, "in a row"));
}

TEST_CASE("status tells that the key is rejected, since when, and until when it is retried") {
  TestSegment segment;
  segment.connect();
  segment.writer().set_key_accepted();
  CHECK(contains(segment.run({"status"}).out, "\nAPI key    accepted\n"));
  segment.disconnect();
  segment.writer().set_key_rejected(boot_now() - kSecond, boot_now() + 299 * kSecond);
  const std::string text = segment.run({"status"}).out;
  CHECK(contains(text, "\nAPI key    rejected since 2"));
  CHECK(contains(text, "Z, retried until 2"));
  CHECK(contains(text, "Z, as it was accepted before\n"));
  auto object = parsed(segment.run({"status", "--json"}).out);
  CHECK(object["key_accepted"].GetBool());
  CHECK(text_of(object, "key_rejected_since").ends_with("Z"));
  CHECK(text_of(object, "key_retried_until") > text_of(object, "key_rejected_since"));

  segment.writer().stop(RunState::auth_failed, boot_now());
  const std::string stopped = segment.run({"status"}).out;
  CHECK(contains(stopped, "\nAPI key    rejected since 2"));
  CHECK_FALSE(contains(stopped, "retried"));
  object = parsed(segment.run({"status", "--json"}).out);
  CHECK(text_of(object, "key_rejected_since").ends_with("Z"));
  CHECK(text_of(object, "key_retried_until") == "null");
}

TEST_CASE("status exits with 4 while the feed is not live, with 5 without a segment") {
  TestSegment segment;
  CHECK(segment.run({"status"}).code == 4);
  segment.connect();
  CHECK(segment.run({"status"}).code == 0);
  segment.writer().stop(RunState::stopped, boot_now());
  const Finished stopped = segment.run({"status"});
  CHECK(stopped.code == 4);
  CHECK(stopped.out.starts_with("feed       down: tickcached was stopped\n"));

  const SegmentName nowhere;
  Run what;
  what.arguments = {"--segment", nowhere.str(), "status"};
  const Finished none = run(what);
  CHECK(none.code == 5);
  CHECK(none.out ==
        "feed  down: no daemon (no segment \"" + nowhere.str() + "\"); start tickcached\n");
}
