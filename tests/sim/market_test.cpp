#include "sim/market.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "sim/account.hpp"
#include "sim/candles.hpp"
#include "sim/checksum.hpp"
#include "sim/fixed_point.hpp"
#include "sim/json_text.hpp"
#include "sim/pacer.hpp"
#include "sim/symbols.hpp"

using namespace tickcache::sim;

namespace {

std::string ticks(const Options& options, int count) {
  Market market(options);
  const Stamp stamp = Stamp::at(1'771'860'645'123);
  std::string out;
  for (int i = 0; i < count; ++i) {
    market.append_message(market.next(), stamp, out);
    out += '\n';
  }
  return out;
}

std::string value_of(const std::string& message, const std::string& key) {
  const std::size_t at = message.find(key);
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + key.size();
  return message.substr(begin, message.find('"', begin) - begin);
}

}  // namespace

TEST_CASE("a seed decides the whole market") {
  Options options;
  CHECK(ticks(options, 2000) == ticks(options, 2000));
  const std::string first = ticks(options, 2000);
  options.seed = 2;
  CHECK(ticks(options, 2000) != first);
}

TEST_CASE("listed symbols are unique, and a longer list begins with the shorter one") {
  const auto all = listings(20'000);
  std::set<std::string> names;
  for (const Listing& listing : all) {
    names.insert(listing.symbol);
    CHECK(listing.price > 0);
    CHECK(listing.symbol.size() <= 16);
  }
  CHECK(names.size() == all.size());
  CHECK(all.front().symbol == "BTCUSDT");
  CHECK(listings(60).back().symbol == all[59].symbol);
}

TEST_CASE("every symbol ticks within twice as many ticks as there are symbols") {
  Options options;
  options.symbols = 100;
  Market market(options);
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(market.next().symbol);
  CHECK(seen.size() == 100);
}

TEST_CASE("prices stay positive and near where they began") {
  Options options;
  options.symbols = 12;
  Market market(options);
  const auto listed = listings(12);
  for (int i = 0; i < 200'000; ++i) {
    const Tick tick = market.next();
    const std::int64_t start = listed[tick.symbol].price;
    if (tick.price < start / 4 || tick.price > start * 4) FAIL("walked too far");
  }
}

TEST_CASE("a tick reads as the platform writes it") {
  Options options;
  options.symbols = 1;
  Market market(options);
  const Tick tick{0, 1, 64521'30000000, 1200000, false};
  std::string out;
  market.append_message(tick, Stamp::at(1'771'860'645'123), out);
  const std::string expected =
      R"({"channel": "ticker", "symbol": "BTCUSDT", "data": {"price": "64521.30000000", )"
      R"("quantity": "0.01200000", "timestamp": "2026-02-23T15:30:45.123Z", "is_buyer_maker": false}})";
  CHECK(out == expected);
  CHECK(ticker_message(Dialect::real, "BTCUSDT", "64521.30000000", "0.01200000",
                       "2026-02-23T15:30:45.123Z") == expected);
}

TEST_CASE("a tick of the specification is flat, with numbers and strings mixed") {
  Options options;
  options.dialect = Dialect::spec;
  options.symbols = 2;
  Market market(options);
  const Stamp stamp = Stamp::at(1'771'860'645'123);
  std::string text;
  market.append_message({0, 1, 64521'30000000, 1, false}, stamp, text);
  CHECK(
      text ==
      R"({"type":"ticker","symbol":"BTCUSDT","price":"64521.30000000","timestamp":"2026-02-23T15:30:45.123Z"})");
  text.clear();
  market.append_message({1, 1, 3421'55000000, 1, false}, stamp, text);
  CHECK(text ==
        R"({"type":"ticker","symbol":"ETHUSDT","price":3421.55000000,"timestamp":1771860645123})");
}

TEST_CASE("checksummed ticks verify, and only as they were sent") {
  Options options;
  options.checksum = true;
  options.symbols = 5;
  Market market(options);
  std::uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const Tick tick = market.next();
    std::string text;
    market.append_message(tick, Stamp::at(0), text);
    const std::string symbol = market.symbols()[tick.symbol];
    const std::string price = value_of(text, "\"price\": \"");
    const std::string quantity = value_of(text, "\"quantity\": \"");
    REQUIRE(verify_checksum(symbol, price, quantity) == tick.sequence);
    CHECK_FALSE(verify_checksum(symbol + "X", price, quantity));
    CHECK_FALSE(verify_checksum(symbol, price + "0", quantity));
    CHECK_FALSE(verify_checksum(symbol, price, "9" + quantity));
    if (tick.symbol == 0) CHECK(tick.sequence == ++last);
  }
  for (const char* quantity : {"", "0.00000000", "-1.00000000", "1.00000001", "1", "1e3",
                               "99999999999999999999.00000000"}) {
    CHECK_FALSE(verify_checksum("BTCUSDT", "1.00000000", quantity));
  }
}

TEST_CASE("fixed-point text") {
  CHECK(fixed_text(812, 8) == "0.00000812");
  CHECK(fixed_text(6452130000000, 8) == "64521.30000000");
  CHECK(fixed_text(-5820, 2) == "-58.20");
  CHECK(fixed_text(-5, 2) == "-0.05");
  CHECK(fixed_text(0, 2) == "0.00");
  CHECK(fixed_text(7, 0) == "7");
}

TEST_CASE("strings are written in ASCII") {
  std::string out;
  append_json_string(out, "\"\\\n\x01 d\u00e9j\u00e0 \u2014 \U0001f600 \xff");
  CHECK(out == R"("\"\\\n\u0001 d\u00e9j\u00e0 \u2014 \ud83d\ude00 \ufffd")");
}

TEST_CASE("what is due is neither lost nor made twice") {
  using namespace std::chrono_literals;
  const Pacer::Time start{};
  Pacer steady(333, false);
  steady.restart(start);
  std::uint64_t taken = 0;
  for (auto at = 0ms; at <= 10'000ms; at += 7ms) taken += steady.take(start + at);
  taken += steady.take(start + 10s);
  CHECK(taken == 3330);
  Pacer bursts(1000, true);
  bursts.restart(start);
  CHECK(bursts.take(start + 999ms) == 0);
  CHECK(bursts.take(start + 1s) == 1000);
  CHECK(bursts.take(start + 1500ms) == 0);
  CHECK(bursts.take(start + 3s) == 2000);
  bursts.restart(start + 60s);
  CHECK(bursts.take(start + 60s + 10ms) == 0);
}

TEST_CASE("an order's message is the platform's, to the letter") {
  OrderUpdate update;
  update.order_id = "996ad860-2a9a-504f-8861-aeafd0b2ae29";
  update.status = "pending";
  update.symbol = "BTCUSDT";
  update.side = "buy";
  update.type = "limit";
  update.quantity = "0.50000000";
  update.price = "64000.00000000";
  const OrderMessage message = order_message(Dialect::real, update);
  CHECK(message.text ==
        R"({"channel": "orders", "data": {"order_id": "996ad860-2a9a-504f-8861-aeafd0b2ae29", )"
        R"("status": "pending", "symbol": "BTCUSDT", "side": "buy", "type": "limit", )"
        R"("quantity": "0.50000000", "price": "64000.00000000"}})");
  CHECK(message.text == R"({"channel": "orders", "data": )" + message.data + "}");
}

TEST_CASE("orders live through every status, and end once") {
  Options options;
  Market market(options);
  Account account(options);
  std::set<std::string> statuses;
  std::set<std::string> ended;
  for (int i = 0; i < 2000; ++i) {
    const OrderUpdate update = account.next_order(market, 0);
    CHECK(update.order_id.size() == 36);
    CHECK(ended.count(update.order_id) == 0);
    statuses.insert(update.status);
    const bool open = update.status == "pending" || update.status == "partially_filled";
    if (!open) ended.insert(update.order_id);
  }
  CHECK(statuses ==
        std::set<std::string>{"cancelled", "filled", "partially_filled", "pending", "rejected"});
}

TEST_CASE("a candle holds the ticks since the last one closed") {
  Options options;
  options.symbols = 1;
  options.candle_every = std::chrono::milliseconds(60'000);
  Market market(options);
  CandleBook book(options);
  const std::string channel = "candles:BTCUSDT:1m";
  book.watch(channel, market, 1'771'860'645'123);
  book.watch("candles:NOSUCHUSDT:1m", market, 0);
  book.on_tick({0, 1, 64600'00000000, 100000000, false});
  book.on_tick({0, 2, 64500'00000000, 50000000, false});
  CHECK(book.open_candle(channel).find("\"is_closed\": false") != std::string::npos);
  CHECK(
      book.close_candle(channel) ==
      R"({"channel": "candles", "symbol": "BTCUSDT", "interval": "1m", "data": {)"
      R"("time": "2026-02-23T15:30:00.000Z", "open": "64521.30000000", "high": "64600.00000000", )"
      R"("low": "64500.00000000", "close": "64500.00000000", "volume": "1.50000000", )"
      R"("is_closed": true}})");
  CHECK(value_of(book.close_candle(channel), "\"time\": \"") == "2026-02-23T15:31:00.000Z");
  CHECK(book.close_candle("candles:NOSUCHUSDT:1m").empty());
}
