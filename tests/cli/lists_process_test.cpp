// list, orders, portfolio, candles.
#include <doctest/doctest.h>

#include <string>

#include "cli/json_keys.hpp"
#include "cli/test_segment.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

constexpr const char* kOrderKeys =
    "position order_id status symbol side type quantity price executed_price executed_quantity fee "
    "filled_at cancelled_at rejected_reason received_at age_ms freshness reason gap_since origin "
    "text_cut data_cut data";

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The first words of the lines after the header.
std::string first_words(const std::string& text) {
  std::string words;
  const auto lines = lines_of(text);
  for (std::size_t i = 1; i < lines.size(); ++i)
    words.append(i == 1 ? "" : " ").append(lines[i].substr(0, lines[i].find(' ')));
  return words;
}

Order filled_order() {
  Order order;
  order.id.assign("f7b8c6f0-0d4e-4c53-9a51-3f2f2f0b6d11");
  order.symbol.assign("BTCUSDT");
  order.status.assign("filled");
  order.type.assign("limit");
  order.side.assign("buy");
  order.set(Order::kQuantity, *Decimal::parse("0.50"));
  order.set(Order::kExecutedPrice, *Decimal::parse("64521.30"));
  order.set(Order::kExecutedQuantity, *Decimal::parse("0.50"));
  order.set(Order::kFee, *Decimal::parse("1.29"));
  order.filled_at_ns = 1'771'860'645'123'000'000;
  order.data.assign(
      "{ \"order_id\" : \"f7\\u2014\",\n \"quantity\": 0.500, \"x\": [1e300, null] }");
  return order;
}

Order rejected_order() {
  Order order;
  order.id.assign("second");
  order.status.assign("rejected");
  order.rejected_reason.assign("too\x1b[31m \"poor\"\n\xc3");
  order.flags = Order::kDataCut;
  order.data.assign("{\"order_id\": \"sec");
  return order;
}

Candle candle(std::int64_t open_time_s, const char* close, bool closed) {
  Candle result;
  result.open_time_ns = open_time_s * kSecond;
  result.open = result.high = result.low = *Decimal::parse("64500.10");
  result.close = *Decimal::parse(close);
  result.volume.assign("12.345");
  result.closed = closed ? 1 : 0;
  return result;
}

}  // namespace

TEST_CASE("list shows every symbol, sorted as asked") {
  TestSegment segment;
  segment.connect();
  segment.tick("ETHUSDT", "3000.5", 2 * kSecond);
  segment.tick("BTCUSDT", "64521.30", 9 * kSecond);
  segment.tick("SOLUSDT", "150");
  segment.tick("ETHUSDT", "3000.6", 2 * kSecond);

  const Finished result = segment.run({"list"});
  CHECK(result.code == 0);
  CHECK(result.out.starts_with("SYMBOL      PRICE    AGE  FRESHNESS  UPDATES\n"));
  CHECK(contains(result.out, "\nETHUSDT   3000.6   2."));
  CHECK(first_words(result.out) == "BTCUSDT ETHUSDT SOLUSDT");
  CHECK(first_words(segment.run({"list", "--sort", "age"}).out) == "SOLUSDT ETHUSDT BTCUSDT");
  CHECK(first_words(segment.run({"list", "--sort=updates"}).out) == "ETHUSDT BTCUSDT SOLUSDT");

  const auto lines = lines_of(segment.run({"list", "--json"}).out);
  REQUIRE(lines.size() == 3);
  CHECK(keys_of(parsed(lines[0])) ==
        "symbol price quantity timestamp age_ms freshness reason updates snapshot lag_ms");
}

TEST_CASE("list judges the feed") {
  TestSegment segment;
  const Finished empty = segment.run({"list"});
  CHECK(empty.code == 4);
  CHECK(empty.out.empty());
  CHECK(empty.err == "tickcache: no price yet: stale: feed reconnecting\n");

  segment.connect();
  CHECK(segment.run({"list"}).err ==
        "tickcache: no price yet: tickcached subscribes to no tickers\n");
  segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  const Finished quiet = segment.run({"list"});
  CHECK(quiet.code == 0);
  CHECK(quiet.err == "tickcache: no price yet: ticker:all: acknowledged, nothing received yet\n");

  segment.tick("BTCUSDT", "1");
  segment.disconnect();
  const Finished stale = segment.run({"list"});
  CHECK(stale.code == 4);
  CHECK(contains(stale.out, "  stale            1  feed reconnecting\n"));
}

TEST_CASE("orders shows the updates, newest last, and where some may be missing") {
  TestSegment segment;
  segment.channel(ChannelKind::orders, ChannelState::acknowledged);
  segment.connect();
  segment.writer().order(0, filled_order(), boot_now());
  segment.disconnect();
  segment.connect();
  segment.writer().order(0, rejected_order(), boot_now());

  const Finished result = segment.run({"orders"});
  CHECK(result.code == 0);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("RECEIVED              STATUS"));
  CHECK(contains(lines[1],
                 "0.50 at 64521.30, fee 1.29  websocket  f7b8c6f0-0d4e-4c53-9a51-3f2f2f0b6d11"));
  CHECK(lines[2].starts_with("— updates may be missing since 20"));
  CHECK(lines[2].ends_with("Z —"));
  CHECK(contains(lines[3], "too\\x1b[31m \"poor\"\\n\xEF\xBF\xBD"));

  SUBCASE("the newest only") {
    CHECK(lines_of(segment.run({"orders", "-n", "1"}).out).size() == 3);
    CHECK(lines_of(segment.run({"-n1", "orders", "--json"}).out).size() == 1);
  }
  SUBCASE("after the newest, too") {
    segment.disconnect();
    segment.connect();
    const Finished gap = segment.run({"orders"});
    CHECK(gap.code == 4);
    CHECK(lines_of(gap.out).back().starts_with("— updates may be missing since 20"));
    CHECK(gap.err.starts_with(
        "tickcache: stale: nothing received since the feed reconnected, newest update is "));
    const auto json = lines_of(segment.run({"orders", "--json"}).out);
    REQUIRE(json.size() == 3);
    const auto last = parsed(json[2]);
    CHECK(keys_of(last) == kOrderKeys);
    CHECK(last["position"].IsNull());
    CHECK(text_of(last, "reason") == "previous_epoch");
    CHECK(text_of(last, "gap_since").ends_with("Z"));
  }
}

TEST_CASE("orders and portfolio tell what was asked for by REST") {
  TestSegment segment;
  segment.connect();
  segment.writer().requested_order(filled_order(), boot_now(), false);
  const auto lines = lines_of(segment.run({"orders"}).out);
  CHECK(contains(lines.at(0), "FROM  ORDER"));
  CHECK(contains(lines.at(1), "fee 1.29  rest  f7b8c6f0"));
  for (const auto& [source, by] : {std::pair{Source::rest, " ago by REST, live"},
                                   std::pair{Source::websocket, " ago by WebSocket, live"}}) {
    Portfolio portfolio;
    portfolio.total_equity.assign("1");
    portfolio.origin = static_cast<std::uint8_t>(source);
    segment.writer().portfolio(0, portfolio, boot_now());
    CHECK(contains(segment.run({"portfolio"}).out, by));
  }
}

TEST_CASE("orders --json embeds the message, if it is whole") {
  TestSegment segment;
  segment.connect();
  segment.writer().order(0, filled_order(), boot_now());
  segment.writer().order(0, rejected_order(), boot_now());
  const auto lines = lines_of(segment.run({"orders", "--json"}).out);
  REQUIRE(lines.size() == 2);

  const auto filled = parsed(lines[0]);
  CHECK(keys_of(filled) == kOrderKeys);
  CHECK(text_of(filled, "executed_price") == "64521.30");
  CHECK(text_of(filled, "filled_at") == "2026-02-23T15:30:45.123Z");
  CHECK(text_of(filled, "price") == "null");
  CHECK_FALSE(filled["data_cut"].GetBool());
  CHECK(contains(lines[0], R"("data":{"order_id":"f7—","quantity":0.500,"x":[1e300,null]}})"));

  const auto rejected = parsed(lines[1]);
  CHECK(keys_of(rejected) == kOrderKeys);
  CHECK(text_of(rejected, "rejected_reason") == "too\x1b[31m \"poor\"\n\xEF\xBF\xBD");
  CHECK(rejected["data_cut"].GetBool());
  CHECK(rejected["data"].IsNull());
  CHECK(rejected["position"].GetUint64() == filled["position"].GetUint64() + 1);
}

TEST_CASE("orders, portfolio and candles: nothing yet exits with 4, no such thing with 3") {
  struct Case {
    std::vector<std::string> command;
    ChannelKind kind;
    std::string channel;
    std::string option;
    std::string_view symbol{};
    std::string_view interval{};
  };
  for (const Case& c :
       {Case{{"orders"}, ChannelKind::orders, "orders", "orders = true"},
        Case{{"portfolio"}, ChannelKind::portfolio, "portfolio", "portfolio = true"},
        Case{{"candles", "btcusdt", "1m"},
             ChannelKind::candles,
             "candles:BTCUSDT:1m",
             "candles = BTCUSDT:1m",
             "BTCUSDT",
             "1m"}}) {
    CAPTURE(c.channel);
    TestSegment segment;
    const auto check = [&](int code, const std::string& why) {
      CHECK(segment.run(c.command).code == code);
      CHECK(segment.run(c.command).out.empty());
      std::vector<std::string> json = c.command;
      json.emplace_back("--json");
      const Finished result = segment.run(json);
      CHECK(result.code == code);
      CHECK(result.err == "tickcache: " + why + "\n");
    };
    const std::string unwanted = "tickcached does not subscribe to " + c.channel;
    // It has not said yet what it subscribes to.
    check(4, unwanted + " (the feed is stale: feed reconnecting)");
    segment.connect();
    const std::string remedy = "; add it to its configuration: \"" + c.option + "\"";
    check(3, unwanted + remedy);
    segment.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
    check(3, unwanted + remedy);

    segment.channel(c.kind, ChannelState::acknowledged, c.symbol, c.interval);
    check(4, c.channel + ": acknowledged, nothing received yet");
    segment.channel(c.kind, ChannelState::sent, c.symbol, c.interval);
    check(4, c.channel + ": requested, not answered yet");
    segment.channel(c.kind, ChannelState::refused, c.symbol, c.interval, "no");
    CHECK(segment.run(c.command).code == 3);
    CHECK(contains(segment.run(c.command).err, c.channel + ": refused: no"));

    segment.channel(c.kind, ChannelState::wanted, c.symbol, c.interval);
    segment.disconnect();
    check(4, c.channel + ": wanted, not requested yet (the feed is stale: feed reconnecting)");
    segment.writer().stop(RunState::stopped, boot_now());
    check(4, c.channel + ": wanted, not requested yet (the feed is down: tickcached was stopped)");
  }
}

TEST_CASE("portfolio prints the amounts as they were sent") {
  TestSegment segment;
  segment.connect();
  const Finished none = segment.run({"portfolio", "--json"});
  CHECK(none.code == 3);
  CHECK(contains(none.err, "tickcache: tickcached does not subscribe to portfolio; add it"));
  constexpr const char* kKeys =
      "total_equity available_cash unrealized_pnl realized_pnl roi_pct timestamp origin age_ms "
      "freshness "
      "reason";
  const auto nothing = parsed(none.out);
  CHECK(keys_of(nothing) == kKeys);
  CHECK(text_of(nothing, "freshness") == "missing");
  CHECK(text_of(nothing, "reason") == "never_seen");

  Portfolio portfolio;
  portfolio.total_equity.assign("100123.4500000000000001");
  portfolio.roi_pct.assign("-0.1234567890123456789012345678");
  portfolio.exchange_time_ns = 1'771'860'645'123'456'000;
  segment.writer().portfolio(0, portfolio, boot_now());
  const Finished result = segment.run({"portfolio"});
  CHECK(result.code == 0);
  CHECK(contains(result.out, "total equity    100123.4500000000000001\n"));
  CHECK(contains(result.out, "available cash       -\n"));
  CHECK(contains(result.out, "\n2026-02-23T15:30:45Z, received "));
  CHECK(result.out.ends_with(" s ago by WebSocket, live\n"));

  const auto object = parsed(segment.run({"portfolio", "--json"}).out);
  CHECK(keys_of(object) == kKeys);
  CHECK(text_of(object, "roi_pct") == "-0.1234567890123456789012345678");
  CHECK(text_of(object, "available_cash") == "null");
  CHECK(text_of(object, "timestamp") == "2026-02-23T15:30:45.123456Z");
}

TEST_CASE("candles shows a series, the open one last") {
  TestSegment segment;
  segment.connect();
  segment.channel(ChannelKind::candles, ChannelState::acknowledged, "BTCUSDT", "1m");
  segment.channel(ChannelKind::candles, ChannelState::refused, "BTCUSDT", "4h", "INVALID_CHANNEL");
  SymbolText symbol;
  symbol.assign("BTCUSDT");
  IntervalText interval;
  interval.assign("1m");
  constexpr std::int64_t kBegin = 1'771'860'600;  // 2026-02-23T15:30:00Z
  segment.writer().candle(0, symbol, interval, candle(kBegin, "64521.3", true), boot_now());
  segment.writer().candle(0, symbol, interval, candle(kBegin + 60, "64522", false), boot_now());

  const Finished result = segment.run({"candles", "btcusdt", "1m"});
  CHECK(result.code == 0);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1] == "2026-02-23T15:30:00Z  64500.10  64500.10  64500.10  64521.3  12.345");
  CHECK(lines[2] == "2026-02-23T15:31:00Z  64500.10  64500.10  64500.10  64522    12.345  open");

  const auto json = lines_of(segment.run({"candles", "BTCUSDT", "1m", "--json", "-n", "1"}).out);
  REQUIRE(json.size() == 1);
  const auto object = parsed(json[0]);
  CHECK(keys_of(object) ==
        "symbol interval open_time open high low close volume origin complete closed age_ms "
        "freshness reason");
  CHECK(text_of(object, "open_time") == "2026-02-23T15:31:00.000Z");
  CHECK_FALSE(object["closed"].GetBool());

  const Finished refused = segment.run({"candles", "BTCUSDT", "4h"});
  CHECK(refused.code == 3);
  CHECK(refused.err ==
        "tickcache: candles:BTCUSDT:4h: refused: INVALID_CHANNEL; the exchange is known to have "
        "candles of 1m, 5m, 1h and 1d\n");
  const Finished unknown = segment.run({"candles", "ETHUSDT", "1m"});
  CHECK(unknown.code == 3);
  CHECK(unknown.err ==
        "tickcache: tickcached does not subscribe to candles:ETHUSDT:1m, only to "
        "candles:BTCUSDT:1m, candles:BTCUSDT:4h; add it to its configuration: \"candles = "
        "BTCUSDT:1m,BTCUSDT:4h,ETHUSDT:1m\"\n");
}

TEST_CASE("without a segment, every list exits with 5") {
  const SegmentName name;
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"list"}, {"orders"}, {"portfolio"}, {"candles", "BTCUSDT", "1m"}}) {
    CAPTURE(command[0]);
    Run what;
    what.arguments = command;
    what.environment = {"TICKCACHE_SEGMENT=" + name.str()};
    const Finished result = run(what);
    CHECK(result.code == 5);
    CHECK(result.out.empty());
    CHECK(result.err.starts_with("tickcache: down: no daemon (no segment "));
  }
}
