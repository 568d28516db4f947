#include <doctest/doctest.h>

#include <string>

#include "cli/json_keys.hpp"
#include "cli/test_segment.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

constexpr const char* kKeys =
    "symbol price quantity timestamp age_ms freshness reason updates snapshot lag_ms";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("get prints the exact text, age and freshness") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30000000");
  const Finished result = segment.run({"get", "btcusdt"});
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("BTCUSDT  64521.30000000  "));
  CHECK(result.out.ends_with(" s  live\n"));
  CHECK(result.err.empty());
}

TEST_CASE("get --price-only prints nothing but prices, a line for each symbol") {
  TestSegment segment;
  segment.connect();
  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  segment.tick("BTCUSDT", "64521.30");
  segment.tick("1000SATSUSDT", "8.11e-06");
  CHECK(segment.run({"get", "-q", "BTCUSDT"}).out == "64521.30\n");
  const Finished result = segment.run({"get", "--price-only", "NOPE", "1000SATSUSDT"});
  CHECK(result.code == 3);
  CHECK(result.out == "\n0.00000811\n");
  CHECK(result.err == "tickcache: NOPE is missing: never seen\n");
}

TEST_CASE("what the exchange wrote with an exponent is a plain decimal in every form") {
  TestSegment segment;
  segment.connect();
  Ticker ticker;
  ticker.set_price(*Decimal::parse("4.5E-7"));
  ticker.set_quantity(*Decimal::parse("0E-8"));
  ticker.exchange_time_ns = segment.exchange_time_ns;
  SymbolText symbol;
  symbol.assign("PEPEUSDT");
  segment.writer().ticker(0, symbol, ticker, boot_now());
  Order order;
  order.id.assign("1");
  order.set(Order::kPrice, *Decimal::parse("4.50E-7"));
  segment.writer().order(0, order, boot_now());

  CHECK(segment.run({"get", "PEPEUSDT"}).out.starts_with("PEPEUSDT  0.00000045  "));
  CHECK(segment.run({"get", "-q", "PEPEUSDT"}).out == "0.00000045\n");
  const auto object = parsed(segment.run({"get", "--json", "PEPEUSDT"}).out);
  CHECK(text_of(object, "price") == "0.00000045");
  CHECK(text_of(object, "quantity") == "0.00000000");
  CHECK(contains(segment.run({"list"}).out, " 0.00000045 "));
  CHECK(contains(segment.run({"watch"}).out, " 0.00000045 "));
  CHECK(contains(segment.run({"export"}).out, "PEPEUSDT,0.00000045,0.00000000,"));
  CHECK(segment.run({"wait", "PEPEUSDT"}).out.starts_with("PEPEUSDT  0.00000045  "));
  CHECK(contains(segment.run({"orders"}).out, " 0.000000450 "));
  CHECK(text_of(parsed(segment.run({"orders", "--json"}).out), "price") == "0.000000450");
}

TEST_CASE("every command takes symbols beyond ASCII, and aligns them") {
  TestSegment segment;
  segment.connect();
  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  const std::string symbol = "币安人生USDT";
  segment.tick(symbol, "0.05");
  segment.tick("BTCUSDT", "64521.30");
  SymbolText name;
  name.assign(symbol);
  IntervalText minute;
  minute.assign("1m");
  segment.channel(ChannelKind::candles, ChannelState::acknowledged, symbol, "1m");
  Candle candle;
  candle.open_time_ns = unix_now();
  candle.open = candle.high = candle.low = candle.close = *Decimal::parse("0.05");
  segment.writer().candle(0, name, minute, candle, boot_now());

  const std::string written = "币安人生usdt";  // the Latin letters in any case
  for (const char* locale : {"LC_ALL=C", "LC_ALL=C.UTF-8"}) {
    CAPTURE(locale);
    const auto result = [&](std::vector<std::string> arguments) {
      Run what;
      what.arguments = std::move(arguments);
      what.environment = {locale};
      return segment.run(std::move(what));
    };
    const Finished got = result({"get", written, "BTCUSDT"});
    CHECK(got.code == 0);
    CHECK(got.out.starts_with("币安人生USDT      0.05  "));
    CHECK(contains(got.out, "\nBTCUSDT       64521.30  "));
    CHECK(result({"get", "-q", written}).out == "0.05\n");
    CHECK(text_of(parsed(result({"get", "--json", written}).out), "symbol") == symbol);
    CHECK(contains(result({"list"}).out, "\n币安人生USDT      0.05  "));
    CHECK(contains(result({"watch", written}).out, "\n币安人生USDT   0.05  "));
    CHECK(contains(result({"export"}).out, "\n币安人生USDT,0.05,"));
    CHECK(result({"wait", written, "--timeout", "5"}).out.starts_with(symbol + "  0.05  "));
    const Finished candles = result({"candles", written, "1m", "--json"});
    CHECK(candles.code == 0);
    CHECK(text_of(parsed(candles.out), "symbol") == symbol);
    const Finished nearly = result({"get", "币安人USDT"});
    CHECK(nearly.code == 3);
    for (const auto& selection :
         {std::vector<std::string>{written}, {"--candles", written + ":1m"}}) {
      std::vector<std::string> arguments = {"stream", "-W", "0.05"};
      arguments.insert(arguments.end(), selection.begin(), selection.end());
      CHECK(result(arguments).code == 6);  // accepted; nothing more comes
    }
  }
}

TEST_CASE("get --json has the keys of the contract") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "1.0");
  segment.tick("BTCUSDT", "64521.30000000", kSecond);
  const Finished result = segment.run({"get", "BTCUSDT", "nope", "--json"});
  CHECK(result.code == 3);
  CHECK(result.err.empty());
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 2);

  const auto live = parsed(lines[0]);
  CHECK(keys_of(live) == kKeys);
  CHECK(text_of(live, "symbol") == "BTCUSDT");
  CHECK(text_of(live, "price") == "64521.30000000");
  CHECK(text_of(live, "quantity") == "0.0120");
  CHECK(text_of(live, "timestamp") == "2026-02-23T15:30:45.123Z");
  CHECK(text_of(live, "freshness") == "live");
  CHECK(live["reason"].IsNull());
  CHECK(live["age_ms"].GetInt64() >= 1000);
  CHECK(live["updates"].GetUint64() == 2);
  CHECK_FALSE(live["snapshot"].GetBool());
  CHECK(live["lag_ms"].GetUint() == 0);

  const auto missing = parsed(lines[1]);
  CHECK(keys_of(missing) == kKeys);
  CHECK(text_of(missing, "symbol") == "NOPE");
  CHECK(text_of(missing, "freshness") == "missing");
  CHECK(text_of(missing, "reason") == "never_seen");
  for (const char* key :
       {"price", "quantity", "timestamp", "age_ms", "updates", "snapshot", "lag_ms"})
    CHECK(missing[key].IsNull());
}

TEST_CASE("get --json marks a snapshot, and says how late a tick was") {
  TestSegment segment;
  segment.connect();
  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged, {}, {}, {}, 5 * kSecond);
  segment.snapshot("BTCUSDT", "64521.30", 2 * kSecond);
  segment.tick("ETHUSDT", "3421.5", 0, 250);
  const auto lines = lines_of(segment.run({"get", "BTCUSDT", "ETHUSDT", "--json"}).out);
  REQUIRE(lines.size() == 2);
  const auto snapshot = parsed(lines[0]);
  CHECK(snapshot["snapshot"].GetBool());
  CHECK(snapshot["lag_ms"].GetUint() >= 2000);
  CHECK(snapshot["quantity"].IsNull());
  CHECK(snapshot["updates"].GetUint64() == 0);
  const auto tick = parsed(lines[1]);
  CHECK_FALSE(tick["snapshot"].GetBool());
  CHECK(tick["lag_ms"].GetUint() == 250);
}

TEST_CASE("get says why a price is not live, and exits with 4") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "64521.30", 41 * kSecond);

  SUBCASE("an age that was asked for") {
    const Finished result = segment.run({"get", "BTCUSDT", "--max-age", "5"});
    CHECK(result.code == 4);
    CHECK(contains(result.out, "  41 s  stale: older than the given max-age, price is 41 s old\n"));
  }
  SUBCASE("the connection is lost") {
    segment.disconnect();
    const Finished result = segment.run({"get", "BTCUSDT"});
    CHECK(result.code == 4);
    CHECK(contains(result.out, "stale: feed reconnecting, price is 41 s old\n"));
  }
  SUBCASE("the connection is another") {
    segment.disconnect();
    segment.connect();
    const Finished result = segment.run({"get", "BTCUSDT"});
    CHECK(result.code == 4);
    CHECK(contains(result.out,
                   "stale: nothing received since the feed reconnected, price is 41 s old\n"));
  }
  SUBCASE("it came too late") {
    SymbolText symbol;
    symbol.assign("BTCUSDT");
    Ticker ticker;
    ticker.set_price(*Decimal::parse("64521.30"));
    ticker.objections = Ticker::kLate;
    segment.writer().ticker(0, symbol, ticker, boot_now());
    const Finished result = segment.run({"get", "BTCUSDT"});
    CHECK(result.code == 4);
    CHECK(contains(result.out, "stale: ticks arrive late, price is 0."));
    CHECK(contains(segment.run({"list"}).out, "  ticks arrive late\n"));
    CHECK(contains(segment.run({"watch"}).out, "  ticks arrive late\n"));
  }
  SUBCASE("the exchange has another price") {
    segment.writer().set_objection(0, Ticker::kLost, true);
    const Finished result = segment.run({"get", "BTCUSDT"});
    CHECK(result.code == 4);
    CHECK(contains(result.out,
                   "stale: the exchange has another price, or has not confirmed this one, price "
                   "is 41 s old\n"));
  }
  SUBCASE("no ticks come") {
    segment.writer().tick_seen(0, boot_now() - 31 * kSecond);
    const Finished result = segment.run({"get", "BTCUSDT"});
    CHECK(result.code == 4);
    CHECK(contains(result.out, "stale: feed connected but silent, price is 41 s old\n"));
  }
  SUBCASE("tickcached was stopped") {
    segment.writer().stop(RunState::stopped, boot_now());
    const Finished result = segment.run({"get", "BTCUSDT"});
    CHECK(result.code == 4);
    CHECK(contains(result.out, "down: tickcached was stopped, price is 41 s old\n"));
  }
  SUBCASE("tickcached was killed") {
    segment.beats = false;
    segment.writer().beat(boot_now() - 5 * kSecond);
    const Finished result = segment.run({"get", "BTCUSDT"});
    CHECK(result.code == 4);
    CHECK(contains(result.out, "down: no heartbeat from tickcached"));
    CHECK(contains(result.out, "price is 41 s old\n"));
  }
  SUBCASE("for scripts, on standard error") {
    segment.disconnect();
    const Finished result = segment.run({"get", "-q", "BTCUSDT"});
    CHECK(result.code == 4);
    CHECK(result.out == "64521.30\n");
    CHECK(result.err == "tickcache: BTCUSDT is stale: feed reconnecting, price is 41 s old\n");
  }
}

TEST_CASE("of several symbols, the greatest exit code counts") {
  TestSegment segment;
  segment.connect();
  segment.tick("BTCUSDT", "1");
  segment.tick("ETHUSDT", "1", 10 * kSecond);
  CHECK(segment.run({"get", "BTCUSDT"}).code == 0);
  CHECK(segment.run({"get", "BTCUSDT", "NOPE"}).code == 3);
  CHECK(segment.run({"get", "ETHUSDT", "NOPE", "--max-age", "9"}).code == 4);
}

TEST_CASE("get of a symbol that is not there suggests one that is") {
  TestSegment segment;
  segment.connect();
  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  segment.tick("BTCUSDT", "1");
  CHECK(contains(segment.run({"get", "BTCUSD"}).out,
                 "missing: never seen; did you mean \"BTCUSDT\"?\n"));
  CHECK(contains(segment.run({"get", "ETHUSDT"}).out, "missing: never seen\n"));
  CHECK(contains(segment.run({"get", std::string(32, 'X')}).out, "missing: no symbol"));
}

TEST_CASE("get names the option for a symbol that tickcached does not subscribe to") {
  TestSegment segment;
  segment.connect();
  segment.channel(ChannelKind::ticker, ChannelState::acknowledged, "BTCUSDT");
  segment.tick("BTCUSDT", "1");
  CHECK(
      contains(segment.run({"get", "ETHUSDT"}).out,
               "missing: tickcached does not subscribe to ticker:ETHUSDT, only to ticker:BTCUSDT; "
               "add it to its configuration: \"symbols = BTCUSDT,ETHUSDT\"\n"));
  CHECK(segment.run({"get", "-q", "BTCUSD"}).err ==
        "tickcache: BTCUSD is missing: tickcached does not subscribe to ticker:BTCUSD, only to "
        "ticker:BTCUSDT; add it to its configuration: \"symbols = BTCUSDT,BTCUSD\"; did you mean "
        "\"BTCUSDT\"?\n");
  CHECK(contains(segment.run({"wait", "ETHUSDT", "--timeout", "0"}).err, "\"symbols = "));

  // No longer, rather.
  segment.tick("ETHUSDT", "1");
  SymbolText ethereum;
  ethereum.assign("ETHUSDT");
  segment.writer().set_wanted(ethereum, false);
  CHECK(contains(segment.run({"get", "ETHUSDT"}).out,
                 "old; add it to its configuration: \"symbols = BTCUSDT,ETHUSDT\"\n"));

  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  CHECK(contains(segment.run({"get", "XRPUSDT"}).out, "missing: never seen\n"));
}

TEST_CASE("of many symbols that are subscribed to, the first are named") {
  TestSegment segment;
  segment.connect();
  for (int i = 0; i < 9; ++i)
    segment.channel(ChannelKind::ticker, ChannelState::acknowledged, "S" + std::to_string(i));
  CHECK(contains(segment.run({"get", "ETHUSDT"}).out,
                 "ticker:S7 and 1 more; add it to its configuration: \"symbols = …,ETHUSDT\"\n"));
}

TEST_CASE("without a segment, get says so and exits with 5") {
  const SegmentName name;
  Run what;
  what.arguments = {"get", "BTCUSDT", "ETHUSDT", "--segment", name.str()};
  const Finished text = run(what);
  CHECK(text.code == 5);
  CHECK(text.out.empty());
  CHECK(text.err ==
        "tickcache: down: no daemon (no segment \"" + name.str() + "\"); start tickcached\n");

  what.arguments.emplace_back("--json");
  const Finished json = run(what);
  CHECK(json.code == 5);
  const auto lines = lines_of(json.out);
  REQUIRE(lines.size() == 2);
  const auto object = parsed(lines[0]);
  CHECK(keys_of(object) == kKeys);
  CHECK(text_of(object, "freshness") == "down");
  CHECK(text_of(object, "reason") == "no_segment");
  CHECK(object["price"].IsNull());
}

TEST_CASE("odd symbols cannot break JSON or steer the terminal") {
  TestSegment segment;
  const std::string odd = "A\"\\\x1b[2J\xff\n";
  const Finished json = segment.run({"get", "--json", odd});
  CHECK(json.code == 3);
  const auto lines = lines_of(json.out);
  REQUIRE(lines.size() == 1);
  CHECK(text_of(parsed(lines[0]), "symbol") == "A\"\\\x1b[2J\xEF\xBF\xBD\n");

  const Finished text = segment.run({"get", odd});
  CHECK(text.out.find('\x1b') == std::string::npos);
  CHECK(contains(text.out, "A\"\\\\x1b[2J\xEF\xBF\xBD\\n"));
}
