// What an origin writes is what a follower reads.
#include "daemon/sources/redis/message.hpp"

#include <doctest/doctest.h>

#include "bridges/redis/batch.hpp"
#include "encode/records.hpp"

namespace tickcache::daemon {
namespace {

constexpr std::int64_t kTime = 1'771'860'645'123'000'000;
const encode::Clocks kClocks{500'000'000'000, kTime};
const redis::MessageHead kHead{1764183735000, "9f86d081884c7d65", 4711, 86'400'123'456'789};

Ticker some_ticker() {
  Ticker ticker;
  ticker.set_price(*Decimal::parse("64575.04000000"));
  ticker.set_quantity(*Decimal::parse("0.50000000"));
  ticker.set_buyer_is_maker(true);
  ticker.exchange_time_ns = kTime;
  ticker.received_ns = kClocks.boot_ns - 7'000'000;
  ticker.updates = 812;
  ticker.lag_ms = 3;
  return ticker;
}

SymbolText symbol(std::string_view text) {
  SymbolText symbol;
  symbol.assign(text);
  return symbol;
}

std::string record(std::string_view name, const Ticker& ticker, const FeedStatus& trust) {
  return redis::record_of(encode::json_line(Tick{symbol(name), ticker, 0}, kClocks, trust));
}

TEST_CASE("message: a batch with every kind of record comes back as it was") {
  redis::Batch batch;
  batch.tick(record("BTCUSDT", some_ticker(), {Freshness::live, Reason::none}));
  Ticker snapshot = some_ticker();
  snapshot.flags = Ticker::kSnapshot | Ticker::kOvertaken;
  batch.tick(record("ETHUSDT", snapshot, {Freshness::stale, Reason::lagging}));

  Order order;
  order.id.assign("996ad860");
  order.symbol.assign("BTCUSDT");
  order.status.assign("filled");
  order.type.assign("stop_loss");
  order.side.assign("buy");
  order.rejected_reason.assign("a \"reason\"");
  order.set(Order::kQuantity, *Decimal::parse("0.50000000"));
  order.set(Order::kExecutedQuantity, *Decimal::parse("0.25"));
  order.filled_at_ns = kTime;
  order.gap_since_ns = kTime - 1'000'000'000;
  order.received_ns = kClocks.boot_ns - 2'000'000;
  order.origin = static_cast<std::uint8_t>(Source::rest);
  order.data.assign(R"({"id":"x}]\"","n":1.50,"list":[1,{"a":2}]})");
  batch.order(redis::record_of(encode::json_line(OrderUpdate{order, 17, 0}, kClocks)));

  Portfolio portfolio;
  portfolio.total_equity.assign("12941.90");
  portfolio.roi_pct.assign("-1.5");
  portfolio.exchange_time_ns = kTime;
  portfolio.received_ns = kClocks.boot_ns;
  portfolio.origin = static_cast<std::uint8_t>(Source::websocket);
  batch.portfolio(redis::record_of(encode::json_line(PortfolioUpdate{portfolio, 3, 0}, kClocks)));

  Candle candle;
  candle.open_time_ns = kTime / 60'000'000'000 * 60'000'000'000;
  candle.open = candle.low = *Decimal::parse("1.0");
  candle.high = candle.close = *Decimal::parse("2.5");
  candle.volume.assign("15.69475340");
  candle.closed = 1;
  candle.flags = Candle::kIncomplete;
  candle.origin = static_cast<std::uint8_t>(Source::ticks);
  candle.received_ns = kClocks.boot_ns;
  encode::CandleSeries series{"BTCUSDT", "1m", {}, {}};
  series.list.freshness = Freshness::live;
  series.list.reason = Reason::none;
  batch.candle(redis::record_of(encode::json_line(candle, series, kClocks)));

  const std::string text = batch.message(kHead);
  RedisMessage message;
  REQUIRE(message.read(text));
  CHECK_FALSE(message.head().is_beat);
  CHECK(message.head().from == Tenancy{1764183735000, "9f86d081884c7d65"});
  CHECK(message.head().sequence == 4711);
  CHECK(message.head().at == std::chrono::microseconds(86'400'123'456));

  std::vector<MirroredTicker> ticks;
  CHECK(message.each("ticks", read_ticker, [&](const auto& tick) { ticks.push_back(tick); }) == 0);
  REQUIRE(ticks.size() == 2);
  CHECK(ticks[0].symbol == "BTCUSDT");
  CHECK(ticks[0].ticker.price().str() == "64575.04000000");
  CHECK(ticks[0].ticker.quantity()->str() == "0.50000000");
  CHECK(ticks[0].ticker.buyer_is_maker() == true);
  CHECK(ticks[0].ticker.exchange_time_ns == kTime);
  CHECK(ticks[0].ticker.updates == 812);
  CHECK(ticks[0].ticker.lag_ms == 3);
  CHECK(ticks[0].told.live());
  CHECK(ticks[0].told.age == std::chrono::milliseconds(7));
  CHECK(ticks[1].ticker.is_snapshot());
  CHECK(ticks[1].ticker.is_overtaken());
  CHECK_FALSE(ticks[1].ticker.quantity());
  CHECK(ticks[1].told.reason == Reason::lagging);

  const auto orders = message.orders();
  REQUIRE(orders.size() == 1);
  REQUIRE(orders[0]);
  const Order& back = orders[0]->order;
  CHECK(orders[0]->position == 17);
  CHECK(back.id == order.id);
  CHECK(back.status == order.status);
  CHECK(back.type == order.type);
  CHECK(back.side == order.side);
  CHECK(back.rejected_reason == order.rejected_reason);
  CHECK(back.quantity()->same_digits(*order.quantity()));
  CHECK(back.executed_quantity()->same_digits(*order.executed_quantity()));
  CHECK_FALSE(back.fee());
  CHECK(back.filled_at_ns == order.filled_at_ns);
  CHECK(back.gap_since_ns == order.gap_since_ns);
  CHECK(back.origin == order.origin);
  CHECK(back.data == order.data);
  CHECK(back.flags == 0);

  std::size_t candles = 0;
  CHECK(message.each("candles", read_candle, [&](const MirroredCandle& one) {
    ++candles;
    CHECK(one.symbol == "BTCUSDT");
    CHECK(one.interval == "1m");
    CHECK(one.candle.same_digits(candle));
    CHECK(one.candle.closed == 1);
    CHECK(one.candle.flags == candle.flags);
    CHECK(one.candle.origin == candle.origin);
    CHECK(one.told.live());
  }) == 0);
  CHECK(candles == 1);
  std::size_t portfolios = 0;
  CHECK(message.each("portfolio", read_portfolio, [&](const MirroredPortfolio& one) {
    ++portfolios;
    CHECK(one.portfolio.total_equity == "12941.90");
    CHECK(one.portfolio.roi_pct == "-1.5");
    CHECK(one.portfolio.available_cash.empty());
    CHECK(one.portfolio.exchange_time_ns == kTime);
  }) == 0);
  CHECK(portfolios == 1);
}

TEST_CASE("message: a beat comes back as it was") {
  redis::Beat beat;
  beat.feed = {Freshness::stale, Reason::silent};
  beat.hash = 4710;
  beat.hops = 2;
  beat.upstream = "wss://exchange.example/ws/v1";
  beat.orders.freshness = Freshness::live;
  beat.orders.reason = Reason::none;
  beat.orders.gap_since_ns = kTime;
  beat.echoes = {{"5e884898", 86'400'200'456'000}};
  RedisMessage message;
  const std::string text = redis::beat_message(kHead, beat);
  REQUIRE(message.read(text));
  const MessageHead& head = message.head();
  CHECK(head.is_beat);
  CHECK(head.hash == 4710);
  CHECK(head.freshness == Freshness::stale);
  CHECK(head.reason == Reason::silent);
  REQUIRE(head.echoes.size() == 1);
  CHECK(head.echoes[0].nonce == "5e884898");
  CHECK(head.echoes[0].at == std::chrono::microseconds(86'400'200'456));
  CHECK(message.beat().hops == 2);
  CHECK(message.beat().orders.live());
  CHECK(message.beat().order_gap_since_ns == kTime);
  CHECK(message.beat().portfolio.freshness == Freshness::missing);
}

TEST_CASE("message: a record in the hash says when it was written") {
  const std::string stored = redis::stored_record(
      record("BTCUSDT", some_ticker(), {Freshness::live, Reason::none}), kHead.boot_ns);
  const auto back = parse_record(stored, read_ticker);
  REQUIRE(back);
  CHECK(back->at == std::chrono::microseconds(86'400'123'456));
  CHECK(back->told.age == std::chrono::milliseconds(7));
}

TEST_CASE("message: what decides about trust must be there") {
  const std::string head = R"("epoch":5,"instance":"aa","sequence":1,"at":9)";
  RedisMessage message;
  CHECK(message.read(R"({"type":"batch",)" + head + "}"));
  CHECK(message.read(R"({"type":"beat","hash":1,)" + head + "}"));
  CHECK(message.head().freshness == Freshness::down);
  CHECK_FALSE(message.read(R"({"type":"beat",)" + head + "}"));
  CHECK_FALSE(message.read(R"({"type":"other",)" + head + "}"));
  for (const char* wrong :
       {"", "[]", "{}", "nonsense", R"({"type":"batch"})",
        R"({"type":"batch","epoch":0,"instance":"aa","sequence":1,"at":9})",
        R"({"type":"batch","epoch":5,"instance":"","sequence":1,"at":9})",
        R"({"type":"batch","epoch":-5,"instance":"aa","sequence":1,"at":9})",
        R"({"type":"batch","epoch":5,"instance":"aa","sequence":1.5,"at":9})",
        R"({"type":"batch","epoch":5,"instance":"aa","sequence":1,"at":99999999999999999})"}) {
    CHECK_FALSE(message.read(wrong));
  }
}

TEST_CASE("message: a price that is none, or a name that is none, is left out and counted") {
  const std::string good = R"({"symbol":"btcusdt","price":"1.5","updates":1})";
  RedisMessage message;
  const std::string text =
      R"({"type":"batch","epoch":5,"instance":"aa","sequence":1,"at":9,"ticks":[)" + good +
      R"(,{"symbol":"X","price":"0","updates":1},{"symbol":"X","price":"-1","updates":1},)"
      R"({"symbol":"X","price":"NaN","updates":1},{"symbol":"","price":"1","updates":1},)"
      R"({"symbol":"X","price":"1"},7,{"symbol":"X Y","price":"1","updates":1}]})";
  REQUIRE(message.read(text));
  std::size_t count = 0;
  CHECK(message.each("ticks", read_ticker, [&](const MirroredTicker& tick) {
    ++count;
    CHECK(tick.symbol == "BTCUSDT");
    CHECK_FALSE(tick.told.live());  // it does not say
  }) == 7);
  CHECK(count == 1);
}

}  // namespace
}  // namespace tickcache::daemon
