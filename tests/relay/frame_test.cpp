#include "bridges/relay/frame.hpp"

#include <doctest/doctest.h>

namespace tickcache::relay {
namespace {

/// What a client reads of the frame. Its header must be right.
std::string text_of(const std::string& frame) {
  REQUIRE(frame.size() >= 2);
  CHECK(static_cast<unsigned char>(frame[0]) == 0x81);
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(frame[at]); };
  std::size_t size = byte(1);
  std::size_t header = 2;
  const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (more > 0) {
    size = 0;
    for (; header < 2 + more; ++header) size = size << 8 | byte(header);
  }
  CHECK(frame.size() == header + size);
  return frame.substr(header);
}

constexpr encode::Clocks kClocks{5'000'000'000, 1'771'860'650'000'000'000};
constexpr std::int64_t kReceived = 4'988'000'000;

Tick some_tick() {
  Tick tick;
  tick.symbol.assign("BTCUSDT");
  tick.ticker.set_price(*Decimal::parse("64521.30"));
  tick.ticker.set_quantity(*Decimal::parse("0.012"));
  tick.ticker.set_buyer_is_maker(true);
  tick.ticker.exchange_time_ns = 1'771'860'645'123'000'000;
  tick.ticker.received_ns = kReceived;
  tick.ticker.updates = 76;
  return tick;
}

constexpr FeedStatus kLive{Freshness::live, Reason::none};

TEST_CASE("frame: a tick in each form") {
  const Tick tick = some_tick();
  CHECK(text_of(frame_of(Form::enveloped, tick, kLive, kClocks)) ==
        R"({"channel":"ticker","symbol":"BTCUSDT","data":{"price":"64521.30","quantity":"0.012",)"
        R"("timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":true},)"
        R"("freshness":"live","reason":null,"age_ms":12})");
  CHECK(text_of(frame_of(Form::flat, tick, kLive, kClocks)) ==
        R"({"type":"ticker","symbol":"BTCUSDT","price":"64521.30","quantity":"0.012",)"
        R"("timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":true,)"
        R"("freshness":"live","reason":null,"age_ms":12})");
  CHECK(frame_of(Form::events, tick, kLive, kClocks) ==
        "event: ticker\n"
        R"(data: {"event":"ticker","symbol":"BTCUSDT","price":"64521.30","quantity":"0.012",)"
        R"("buyer_is_maker":true,"timestamp":"2026-02-23T15:30:45.123Z",)"
        R"("received_at":"2026-02-23T15:30:49.988Z","age_ms":12,"updates":76,"snapshot":false,)"
        R"("lag_ms":0,"overtaken":false,"missed":0})"
        "\n\n");
}

TEST_CASE("frame: a snapshot has quantity 0 and the time of its receipt, and says what it is") {
  Tick tick = some_tick();
  tick.ticker.flags = Ticker::kSnapshot;
  tick.ticker.exchange_time_ns = 0;
  const FeedStatus trust{Freshness::stale, Reason::unconfirmed};
  CHECK(text_of(frame_of(Form::enveloped, tick, trust, kClocks)) ==
        R"({"channel":"ticker","symbol":"BTCUSDT","data":{"price":"64521.30","quantity":"0",)"
        R"("timestamp":"2026-02-23T15:30:49.988Z","is_buyer_maker":false},"snapshot":true,)"
        R"("freshness":"stale","reason":"unconfirmed","age_ms":12})");
}

TEST_CASE("frame: a latest value says how many ticks were missed before it") {
  Result<Ticker> latest;
  latest.value = some_tick().ticker;
  latest.age_ns = 12'000'000;
  latest.freshness = Freshness::live;
  latest.reason = Reason::none;
  latest.has_value = true;
  const std::string some = text_of(frame_of(Form::flat, "BTCUSDT", latest, 7, kClocks));
  CHECK(some.find(R"(,"missed":7,"freshness":"live")") != std::string::npos);
  const std::string none = text_of(frame_of(Form::flat, "BTCUSDT", latest, 0, kClocks));
  CHECK(none.find("missed") == std::string::npos);
  CHECK(frame_of(Form::events, "BTCUSDT", latest, 7, kClocks) ==
        "event: price\n"
        R"(data: {"symbol":"BTCUSDT","price":"64521.30","quantity":"0.012",)"
        R"("timestamp":"2026-02-23T15:30:45.123Z","age_ms":12,"freshness":"live","reason":null,)"
        R"("updates":76,"snapshot":false,"lag_ms":0,"missed":7})"
        "\n\n");
}

TEST_CASE("frame: an order has what was sent, and no more") {
  OrderUpdate update;
  update.order.id.assign("996ad860");
  update.order.status.assign("filled");
  update.order.symbol.assign("BTCUSDT");
  update.order.side.assign("buy");
  update.order.type.assign("market");
  update.order.set(Order::kQuantity, *Decimal::parse("0.50000000"));
  update.order.received_ns = kReceived;
  update.position = 6;
  CHECK(text_of(frame_of(Form::enveloped, update, kLive, kClocks)) ==
        R"({"channel":"orders","data":{"order_id":"996ad860","status":"filled",)"
        R"("symbol":"BTCUSDT","side":"buy","quantity":"0.50000000","type":"market"},)"
        R"("position":6,"freshness":"live","reason":null,"age_ms":12})");
  CHECK(text_of(frame_of(Form::flat, update, kLive, kClocks)) ==
        R"({"type":"order","order_id":"996ad860","status":"filled","symbol":"BTCUSDT",)"
        R"("side":"buy","quantity":"0.50000000","order_type":"market","position":6,)"
        R"("freshness":"live","reason":null,"age_ms":12})");
}

TEST_CASE("frame: a candle") {
  ClosedCandle closed;
  closed.symbol.assign("BTCUSDT");
  closed.interval.assign("1m");
  closed.candle.open_time_ns = 1'771'860'600'000'000'000;
  closed.candle.open = *Decimal::parse("10.0");
  closed.candle.high = *Decimal::parse("12");
  closed.candle.low = *Decimal::parse("9.50");
  closed.candle.close = *Decimal::parse("11");
  closed.candle.volume.assign("1.50000000");
  closed.candle.received_ns = kReceived;
  CHECK(text_of(frame_of(Form::enveloped, closed, kLive, kClocks)) ==
        R"({"channel":"candles","symbol":"BTCUSDT","interval":"1m","data":{)"
        R"("time":"2026-02-23T15:30:00.000Z","open":"10.0","high":"12","low":"9.50",)"
        R"("close":"11","volume":"1.50000000","is_closed":true},"complete":true,)"
        R"("freshness":"live","reason":null,"age_ms":12})");
  CHECK(text_of(frame_of(Form::flat, closed, kLive, kClocks))
            .starts_with(R"({"type":"candle","symbol":"BTCUSDT","interval":"1m",)"
                         R"("open_time":"2026-02-23T15:30:00.000Z","open":"10.0")"));
}

TEST_CASE("frame: a portfolio, with amounts of any length") {
  PortfolioUpdate update;
  update.portfolio.total_equity.assign("100123.4500000000000001");
  update.portfolio.roi_pct.assign("0.1234567890123456789012345678");
  update.portfolio.received_ns = kReceived;
  CHECK(text_of(frame_of(Form::flat, update, kLive, kClocks)) ==
        R"({"type":"portfolio","total_equity":"100123.4500000000000001",)"
        R"("roi_pct":"0.1234567890123456789012345678","timestamp":"2026-02-23T15:30:49.988Z",)"
        R"("freshness":"live","reason":null,"age_ms":12})");
}

TEST_CASE("frame: the feed's state and gaps, under the key that tells messages apart") {
  const FeedStatus status{Freshness::stale, Reason::reconnecting};
  CHECK(text_of(frame_of(Form::enveloped, status)) ==
        R"({"type":"status","freshness":"stale","reason":"reconnecting"})");
  CHECK(frame_of(Form::events, status) ==
        "event: status\n"
        R"(data: {"event":"status","freshness":"stale","reason":"reconnecting"})"
        "\n\n");
  FeedGap gap;
  gap.missed = 3;
  gap.since_unix_ns = 1'771'860'645'123'000'000;
  CHECK(text_of(frame_of(Form::flat, gap)) ==
        R"({"type":"gap","channel":"ticker","cause":"lapped","symbol":null,"interval":null,)"
        R"("since":"2026-02-23T15:30:45.123Z","missed":3})");
}

TEST_CASE("frame: text of the exchange cannot leave its string, nor its event") {
  Tick tick = some_tick();
  tick.symbol.assign("A\"\n\r\x01\xff");
  for (const Form form : kForms) {
    const std::string frame = frame_of(form, tick, kLive, kClocks);
    CHECK(frame.find("A\"") == std::string::npos);
    CHECK(frame.find('\r') == std::string::npos);
    const std::size_t lines = form == Form::events ? 3 : 0;
    std::size_t ends = 0;
    const std::string text = form == Form::events ? frame : text_of(frame);
    for (const char c : text) ends += c == '\n' ? 1U : 0U;
    CHECK(ends == lines);
  }
}

TEST_CASE("frame: sizes around those that take another header") {
  for (const std::size_t size : {0UL, 1UL, 125UL, 126UL, 127UL, 65'535UL, 65'536UL, 70'000UL}) {
    CAPTURE(size);
    const std::string text(size, 'x');
    const std::string frame = websocket_frame(text);
    CHECK(text_of(frame) == text);
    CHECK(frame.size() - size == (size < 126 ? 2U : size < 65'536 ? 4U : 10U));
  }
}

}  // namespace
}  // namespace tickcache::relay
