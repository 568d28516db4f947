#include "daemon/core/publisher.hpp"

#include "daemon/loop/stored_segment.hpp"

namespace tickcache::daemon {
namespace {

Wanted wanting(const std::vector<std::string>& symbols) {
  Wanted wanted;
  wanted.all_symbols = symbols.empty();
  for (const std::string& symbol : symbols) wanted.symbols.push_back(symbol_text(symbol));
  return wanted;
}

struct Publishing : StoredSegment {
  Publisher publisher{writer, wanting({}), {}};
  std::int64_t now = boot_now();

  void publish(const Event& event) { publisher.publish(event, Belongs::present, 0, Time(now)); }
};

TickEvent tick(std::string_view symbol, std::string_view price) {
  TickEvent event;
  event.symbol = symbol_text(symbol);
  event.ticker.set_price(decimal(price));
  event.ticker.set_quantity(decimal("0.01200000"));
  event.ticker.exchange_time_ns = 1'000'000'007;
  return event;
}

TEST_CASE("publish: a tick is stored with the time and epoch that it came in") {
  Publishing at;
  at.publish(tick("BTCUSDT", "64521.30000000"));
  const auto ticker = at.reader.ticker("BTCUSDT");
  CHECK(ticker.live());
  CHECK(ticker.value.price().str() == "64521.30000000");
  CHECK(ticker.value.quantity()->str() == "0.01200000");
  CHECK(ticker.value.exchange_time_ns == 1'000'000'007);
  CHECK(ticker.value.received_ns == at.now);
  CHECK(ticker.value.epoch == 1);
  CHECK(ticker.value.updates == 1);
  CHECK(at.count(Counter::ticks) == 1);
  CHECK(at.sum() == 1);
}

TEST_CASE("publish: a tick that the filter leaves out is counted, and shows that ticks come") {
  Publishing at;
  at.publisher.want(wanting({"ETHUSDT"}));
  at.publish(tick("BTCUSDT", "64521.30"));
  CHECK(at.reader.ticker("BTCUSDT").freshness == Freshness::missing);
  CHECK(at.count(Counter::filtered) == 1);
  CHECK(at.count(Counter::ticks) == 0);
  auto status = std::make_unique<Status>();
  at.reader.status(*status);
  CHECK(status->connections[0].last_tick_ns == at.now);
  at.publish(tick("ETHUSDT", "3421.55"));
  CHECK(at.reader.ticker("ETHUSDT").live());
  CHECK(at.count(Counter::filtered) == 1);
}

TEST_CASE("publish: what a tick could not keep is counted, of filtered ones not") {
  Publishing at;
  TickEvent event = tick("BTCUSDT", "1");
  event.quantity_absent = true;
  event.timestamp_ignored = true;
  at.publish(event);
  CHECK(at.count(Counter::absent_quantity) == 1);
  CHECK(at.count(Counter::ignored_timestamp) == 1);
  at.publisher.want(wanting({"ETHUSDT"}));
  at.publish(event);
  CHECK(at.count(Counter::absent_quantity) == 1);
  CHECK(at.count(Counter::ticks) == 1);
}

TEST_CASE("publish: no room for another symbol is counted, and harms no other") {
  Publishing at;
  for (int i = 0; i < 40; ++i) at.publish(tick("S" + std::to_string(i), "1"));
  const std::uint64_t stored = at.count(Counter::ticks);
  CHECK(stored >= 16);
  CHECK(stored < 40);
  CHECK(at.count(Counter::rejected_capacity) == 40 - stored);
  at.publish(tick("S0", "2"));
  CHECK(at.reader.price("S0").value.str() == "2");
}

TEST_CASE("publish: orders, in order") {
  Publishing at;
  for (const char* id : {"first", "second"}) {
    OrderEvent event;
    event.order.id.assign(id);
    event.order.data.assign(std::string("{\"order_id\":\"") + id + "\"}");
    event.quantity_absent = true;
    at.publish(event);
  }
  Order orders[4];
  const ListResult list = at.reader.orders(orders);
  REQUIRE(list.count == 2);
  CHECK(list.live());
  CHECK(orders[0].id == "first");
  CHECK(orders[1].id == "second");
  CHECK(orders[0].received_ns == at.now);
  CHECK(orders[1].received_ns == at.now + 1);  // feeds tell them apart by it
  CHECK(at.count(Counter::orders) == 2);
  CHECK(at.count(Counter::absent_quantity) == 2);
}

TEST_CASE("publish: the portfolio") {
  Publishing at;
  PortfolioEvent event;
  event.portfolio.total_equity.assign("12458.30");
  event.timestamp_ignored = true;
  at.publish(event);
  CHECK(at.reader.portfolio().live());
  CHECK(at.reader.portfolio().value.total_equity == "12458.30");
  CHECK(at.count(Counter::portfolios) == 1);
  CHECK(at.count(Counter::ignored_timestamp) == 1);
}

TEST_CASE("publish: candles, the open one until it is closed") {
  Publishing at;
  CandleEvent event;
  event.symbol = symbol_text("BTCUSDT");
  event.interval.assign("1m");
  event.candle.open_time_ns = 60'000'000'000;
  event.candle.close = decimal("64521.30");
  at.publish(event);
  Candle candles[4];
  CHECK(at.reader.candles("BTCUSDT", "1m", candles).count == 1);
  CHECK(candles[0].closed == 0);
  event.candle.closed = 1;
  event.candle.close = decimal("64530.00");
  event.quantity_absent = true;
  at.publish(event);
  CHECK(at.reader.candles("BTCUSDT", "1m", candles).count == 1);
  CHECK(candles[0].closed == 1);
  CHECK(candles[0].close.str() == "64530.00");
  CHECK(at.count(Counter::candles) == 2);
  CHECK(at.count(Counter::absent_quantity) == 1);
}

TEST_CASE("publish: what is no data is counted, each kind by itself") {
  Publishing at;
  at.publish(PingEvent{});
  at.publish(AcknowledgementEvent{});
  at.publish(AcknowledgementEvent{});
  at.publish(ErrorEvent{});
  at.publish(NothingEvent{Counter::rejected_price});
  at.publish(NothingEvent{Counter::ignored_type});
  CHECK(at.count(Counter::pings) == 1);
  CHECK(at.count(Counter::acknowledgements) == 2);
  CHECK(at.count(Counter::errors) == 1);
  CHECK(at.count(Counter::rejected_price) == 1);
  CHECK(at.count(Counter::ignored_type) == 1);
  CHECK(at.sum() == 6);
  CHECK(at.reader.symbol_count() == 0);
  CHECK_FALSE(at.writer.dirty());
}

TEST_CASE("what is wanted changes: symbols that go are unsubscribed, the others stay live") {
  Publishing at;
  at.publish(tick("BTCUSDT", "64521.30"));
  at.publish(tick("ETHUSDT", "3421.55"));
  at.publisher.want(wanting({"ETHUSDT"}));
  CHECK(at.reader.ticker("BTCUSDT").reason == Reason::unsubscribed);
  CHECK(at.reader.ticker("ETHUSDT").live());
}

TEST_CASE("a connection that ends is a drop if it was up, and else a failure") {
  Publishing at;
  const auto becomes = [&](ConnectionState state) {
    at.publisher.set_connection(1, state, Time(at.now));
  };
  becomes(ConnectionState::connecting);
  becomes(ConnectionState::waiting);
  CHECK(at.count(Counter::failures) == 1);
  CHECK(at.count(Counter::drops) == 0);
  becomes(ConnectionState::connecting);
  at.publisher.begin_epoch(1, Time(at.now));
  becomes(ConnectionState::up);
  becomes(ConnectionState::waiting);
  CHECK(at.count(Counter::failures) == 1);
  CHECK(at.count(Counter::drops) == 1);
  becomes(ConnectionState::closed);  // on purpose
  CHECK(at.count(Counter::failures) == 1);
  CHECK(at.count(Counter::drops) == 1);
}

TEST_CASE("a ticker that is refused ends what its symbol had by another channel") {
  Publishing at;
  at.publish(tick("BTCUSDT", "64521.30"));
  at.publish(tick("ETHUSDT", "3421.55"));
  const Channel channel{ChannelKind::ticker, symbol_text("BTCUSDT"), {}};
  at.publisher.set_channel(0, channel, ChannelState::refused, "no", Time(at.now));
  CHECK_FALSE(at.reader.ticker("BTCUSDT").live());
  CHECK(at.reader.ticker("ETHUSDT").live());
}

}  // namespace
}  // namespace tickcache::daemon
