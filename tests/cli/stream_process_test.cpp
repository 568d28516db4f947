// stream.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "cli/json_keys.hpp"
#include "cli/script.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

constexpr const char* kBegun = "\"event\":\"status\"";

/// "status order ticker ticker": the first, then the others by name, since those of one batch may
/// come in any order.
std::string events_of(const std::string& out) {
  std::vector<std::string> names;
  for (const std::string& line : lines_of(out)) names.push_back(text_of(parsed(line), "event"));
  std::sort(names.begin() + std::min<std::ptrdiff_t>(1, std::ssize(names)), names.end());
  std::string events;
  for (const std::string& name : names) events.append(events.empty() ? "" : " ").append(name);
  return events;
}

/// The first line of that event.
rapidjson::Document line_of(const std::string& out, const std::string& event) {
  for (const std::string& line : lines_of(out)) {
    rapidjson::Document object = parsed(line);
    if (text_of(object, "event") == event) return object;
  }
  FAIL("no such event: ", event);
  return {};
}

}  // namespace

TEST_CASE("stream prints everything, one object a line, with the keys of the documentation") {
  Script script;
  script.when(kBegun, [&] {
    script.segment.tick("BTCUSDT", "64521.30");
    script.order("first");
    script.candle(1);
    script.portfolio();
  });
  const Finished result = script.run({"stream", "-C", "4"});
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK(events_of(result.out) == "status candle order portfolio ticker");

  CHECK(lines_of(result.out)[0] == R"({"event":"status","freshness":"live","reason":null})");
  const auto ticker = line_of(result.out, "ticker");
  CHECK(keys_of(ticker) ==
        "event symbol price quantity buyer_is_maker timestamp received_at age_ms updates "
        "snapshot lag_ms overtaken missed");
  CHECK(text_of(ticker, "symbol") == "BTCUSDT");
  CHECK(text_of(ticker, "price") == "64521.30");
  CHECK(text_of(ticker, "quantity") == "0.0120");
  CHECK(text_of(ticker, "buyer_is_maker") == "null");
  CHECK(text_of(ticker, "timestamp") == "2026-02-23T15:30:45.123Z");
  CHECK(ticker["updates"].GetUint64() == 2);
  CHECK(ticker["missed"].GetUint64() == 0);
  CHECK(ticker["age_ms"].GetInt64() >= 0);

  const auto order = line_of(result.out, "order");
  CHECK(keys_of(order) ==
        "event position order_id status symbol side type quantity price executed_price "
        "executed_quantity fee filled_at cancelled_at rejected_reason received_at age_ms gap_since "
        "origin text_cut data_cut data missed");
  CHECK(text_of(order, "order_id") == "first");
  CHECK(order["position"].GetUint64() == 1);
  CHECK(order["data"]["order_id"] == "x");

  const auto candle = line_of(result.out, "candle");
  CHECK(keys_of(candle) ==
        "event symbol interval open_time open high low close volume origin complete received_at "
        "age_ms missed");
  CHECK(text_of(candle, "interval") == "1m");
  CHECK(text_of(candle, "open_time") == "1970-01-01T00:01:00.000Z");

  const auto portfolio = line_of(result.out, "portfolio");
  CHECK(keys_of(portfolio) ==
        "event position total_equity available_cash unrealized_pnl realized_pnl roi_pct timestamp "
        "origin "
        "received_at age_ms missed");
  CHECK(text_of(portfolio, "total_equity") == "10000.25");
  CHECK(text_of(portfolio, "roi_pct") == "null");
}

TEST_CASE("stream marks snapshots, and ticks that these have overtaken") {
  Script script;
  script.when(kBegun, [&] {
    script.segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged, {}, {}, {},
                           5 * kSecond);
    script.segment.snapshot("BTCUSDT", "64521.32");
    script.segment.tick("BTCUSDT", "64521.31");
    script.segment.tick("BTCUSDT", "64521.32");
  });
  const Finished result = script.run({"stream", "BTCUSDT", "-C", "3"});
  CHECK(result.code == 0);
  auto lines = lines_of(result.out);
  std::erase_if(lines, [](const std::string& line) { return line.find("ticker") == line.npos; });
  REQUIRE(lines.size() == 3);
  const auto snapshot = parsed(lines[0]);
  CHECK(snapshot["snapshot"].GetBool());
  CHECK_FALSE(snapshot["overtaken"].GetBool());
  CHECK(snapshot["missed"].GetUint() == 0);
  const auto overtaken = parsed(lines[1]);
  CHECK_FALSE(overtaken["snapshot"].GetBool());
  CHECK(overtaken["overtaken"].GetBool());
  const auto tick = parsed(lines[2]);
  CHECK_FALSE(tick["snapshot"].GetBool());
  CHECK_FALSE(tick["overtaken"].GetBool());
  CHECK(tick["missed"].GetUint() == 0);
}

TEST_CASE("stream prints what was asked for and nothing else") {
  Script script;
  const auto publish_all = [&] {
    script.segment.tick("ETHUSDT", "3500.1");
    script.segment.tick("BTCUSDT", "64521.30");
    script.order("first");
    script.candle(1);
    script.portfolio();
    script.segment.tick("BTCUSDT", "64521.31");
    script.order("second");
    script.candle(2);
    script.portfolio();
  };
  script.when(kBegun, publish_all);
  std::string wanted;
  std::vector<std::string> arguments;
  SUBCASE("a symbol") {
    arguments = {"btcusdt"};
    wanted = "status ticker ticker";
  }
  SUBCASE("a symbol twice") {
    arguments = {"btcusdt", "BTCUSDT"};
    wanted = "status ticker ticker";
  }
  SUBCASE("all symbols, and one that is one of them") {
    arguments = {"BTCUSDT", "ALL", "-C", "3"};
    wanted = "status ticker ticker ticker";
  }
  SUBCASE("orders") {
    arguments = {"--orders"};
    wanted = "status order order";
  }
  SUBCASE("portfolio") {
    arguments = {"--portfolio"};
    wanted = "status portfolio portfolio";
  }
  SUBCASE("candles") {
    arguments = {"--candles", "btcusdt:1m", "--candles=BTCUSDT:1m"};
    wanted = "status candle candle";
  }
  SUBCASE("the latest of a symbol") {
    arguments = {"BTCUSDT", "--latest", "-C1"};
    wanted = "status ticker";
  }
  arguments.insert(arguments.begin(), {"stream", "-C", "2"});
  const Finished result = script.run(arguments);
  CHECK(result.code == 0);
  CHECK(result.err.empty());
  CHECK(events_of(result.out) == wanted);
}

TEST_CASE("stream says when the feed is lost, and where something is missing") {
  Script script;
  script.when(kBegun, [&] { script.segment.tick("BTCUSDT", "1"); })
      .when("\"price\":\"1\"", [&] { script.segment.disconnect(); })
      .when("reconnecting", [&] {
        script.segment.connect();
        script.segment.tick("BTCUSDT", "2");
        script.order("first");
      });
  const Finished result = script.run({"stream", "BTCUSDT", "--orders", "-C", "3"});
  CHECK(result.code == 0);
  CHECK(contains(result.out, R"({"event":"status","freshness":"stale","reason":"reconnecting"})"));
  const auto lines = lines_of(result.out);
  const auto is_gap = [](const std::string& line) { return contains(line, "\"event\":\"gap\""); };
  REQUIRE(std::count_if(lines.begin(), lines.end(), is_gap) == 2);
  const auto gap = line_of(result.out, "gap");
  CHECK(keys_of(gap) == "event channel cause symbol interval since missed");
  CHECK(text_of(gap, "cause") == "reconnected");
  CHECK(text_of(gap, "missed") == "null");
  CHECK(text_of(gap, "since").ends_with("Z"));
}

TEST_CASE("stream tells a reader that is too slow how much it missed") {
  TestSegment segment([](WriterOptions& options) { options.capacities.tape = 64; });
  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  segment.connect();
  segment.tick("BTCUSDT", "1");
  Run what;
  // Many times the tape: it cannot be in time for all of them.
  what.arguments = {"stream", "all", "-C", "500"};
  what.reading = [&](const std::string& out) {
    if (!contains(out, kBegun)) return;
    Ticker ticker;
    ticker.set_price(*Decimal::parse("2"));
    SymbolText symbol;
    symbol.assign("BTCUSDT");
    for (int i = 0; i < 1000; ++i) segment.writer().ticker(0, symbol, ticker, boot_now());
    segment.writer().flush();
  };
  const Finished result = segment.run(what);
  CHECK(result.code == 0);
  std::uint64_t updates = 1;
  std::uint64_t missed = 0;
  std::uint64_t gaps = 0;
  for (const std::string& line : lines_of(result.out)) {
    const auto object = parsed(line);
    if (text_of(object, "event") == "gap") {
      CHECK(text_of(object, "channel") == "ticker");
      CHECK(text_of(object, "cause") == "lapped");
      missed = object["missed"].GetUint64();
      CHECK(missed > 0);
      ++gaps;
    } else if (text_of(object, "event") == "ticker") {
      CHECK(object["missed"].GetUint64() == missed);
      CHECK(object["updates"].GetUint64() == updates + missed + 1);
      updates = object["updates"].GetUint64();
      missed = 0;
    }
  }
  CHECK(gaps > 0);
}

TEST_CASE("stream and orders -f give up after --timeout") {
  Script script;
  std::vector<std::string> command;
  SUBCASE("stream") { command = {"stream", "--orders"}; }
  SUBCASE("orders -f") { command = {"orders", "-f", "--json"}; }
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), command.begin(), command.end());
    return more;
  };
  const Finished none = script.segment.run(with({"-W", "0.05"}));
  CHECK(none.code == 6);
  CHECK(none.err == "tickcache: timeout after 0.0 s: 0 of 1 update came\n");
  const Finished two = script.segment.run(with({"--count", "2", "--timeout=0.05"}));
  CHECK(two.code == 6);
  CHECK(two.err == "tickcache: timeout after 0.0 s: 0 of 2 updates came\n");

  // As long as orders come, something comes: with --timeout alone that is enough.
  Run what;
  what.arguments = with({"-W", "0.5"});
  what.meanwhile = [&] {
    script.order("another");
    script.segment.writer().flush();
  };
  CHECK(script.segment.run(what).code == 0);
  what.arguments = with({"-W", "20", "-C", "3"});
  const Finished enough = script.segment.run(what);
  CHECK(enough.code == 0);
  const auto lines = lines_of(enough.out);
  CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
          return contains(line, "\"order_id\":\"another\"");
        }) >= 3);
}

TEST_CASE("stream names the option for what tickcached does not subscribe to") {
  Script script;
  const auto refused = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "stream");
    const Finished result = script.segment.run(arguments);
    CHECK(result.code == 3);
    CHECK(result.out.empty());
    return result.err;
  };
  CHECK(refused({"--candles", "ETHUSDT:1m"}) ==
        "tickcache: tickcached does not subscribe to candles:ETHUSDT:1m, only to "
        "candles:BTCUSDT:1m, candles:ETHUSDT:4h; add it to its configuration: \"candles = "
        "BTCUSDT:1m,ETHUSDT:4h,ETHUSDT:1m\"\n");
  CHECK(refused({"--candles", "ETHUSDT:4h"})
            .starts_with("tickcache: candles:ETHUSDT:4h: refused: INVALID"));

  TestSegment some;
  some.channel(ChannelKind::ticker, ChannelState::acknowledged, "BTCUSDT");
  some.connect();
  Finished result = some.run({"stream", "ETHUSDT", "--orders", "--portfolio"});
  CHECK(result.code == 3);
  CHECK(result.err ==
        "tickcache: tickcached does not subscribe to ticker:ETHUSDT, only to ticker:BTCUSDT; add "
        "it to its configuration: \"symbols = BTCUSDT,ETHUSDT\"\n"
        "tickcache: tickcached does not subscribe to orders; add it to its configuration: \"orders "
        "= true\"\n"
        "tickcache: tickcached does not subscribe to portfolio; add it to its configuration: "
        "\"portfolio = true\"\n");
  result = some.run({"orders", "-f"});
  CHECK(result.code == 3);
  CHECK(contains(result.err, "\"orders = true\""));
}

TEST_CASE("stream waits for a symbol that was never seen, and says so") {
  Script script;
  const Finished result = script.segment.run({"stream", "BTCUSD", "-W", "0.05"});
  CHECK(result.code == 6);
  CHECK(result.err.starts_with(
      "tickcache: BTCUSD is missing: never seen; did you mean \"BTCUSDT\"?\n"));
}

TEST_CASE("stream waits for a tickcached that is not started yet") {
  const SegmentName name;
  std::optional<CacheWriter> writer;
  std::uint64_t ticks = 0;
  Run what;
  what.arguments = {"stream", "--segment", name.str(), "-C", "2"};
  what.reading = [&](const std::string& out) {
    if (out.empty()) return;
    if (!writer) {
      WriterOptions options;
      options.segment = name.str();
      options.liveness_timeout_ns = 3600 * kSecond;
      writer.emplace(options, boot_now());
      writer->begin_epoch(0, boot_now(), unix_now());
    }
    Ticker ticker;
    ticker.set_price(*Decimal::parse("2"));
    SymbolText symbol;
    symbol.assign("BTCUSDT");
    writer->ticker(0, symbol, ticker, boot_now());
    ++ticks;
    writer->flush();
  };
  const Finished result = run(what);
  CHECK(result.code == 0);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == R"({"event":"status","freshness":"down","reason":"no_segment"})");
  CHECK(lines[1] == R"({"event":"status","freshness":"live","reason":null})");
  CHECK(ticks >= 2);
}

TEST_CASE("stream ends when nobody reads, though nothing comes") {
  Script script;
  Run what;
  what.program = "/bin/sh";
  what.arguments = {"-c", std::string(TICKCACHE_PROGRAM) + " stream BTCUSDT | head -n 1"};
  const Finished result = script.segment.run(what);
  CHECK(result.code == 0);
  CHECK(events_of(result.out) == "status");
  CHECK(result.err.empty());

  what.arguments = {"stream", "BTCUSDT"};
  what.program = TICKCACHE_PROGRAM;
  what.close_output = true;
  CHECK(script.segment.run(what).code == 128 + 13);
}

TEST_CASE("stream refuses a command line that makes no sense") {
  Script script;
  const auto usage = [&](std::vector<std::string> arguments) {
    const Finished result = script.segment.run(std::move(arguments));
    CHECK(result.code == 2);
    return result.err;
  };
  CHECK(contains(usage({"stream", "--candles", "BTCUSDT"}),
                 "--candles: 'BTCUSDT': must be series of candles such as BTCUSDT:1m,ETHUSDT:1h"));
  CHECK(contains(usage({"stream", "--candles", "BTCUSDT:1m,"}), "must be series of candles"));
  CHECK(contains(usage({"stream", "-C", "0"}), "'0': must be a whole number of at least 1"));
  CHECK(contains(usage({"stream", std::string(32, 'A')}), "is no symbol"));
  CHECK(contains(usage({"orders", "-C", "1"}), "--follow, which is not given"));
  CHECK(contains(usage({"get", "-f", "BTCUSDT"}), "\"get\" takes no --follow"));
}
