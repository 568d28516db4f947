#include "daemon/platform/decode.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/daemon/decode/decode_as.hpp"

using namespace tickcache;
using namespace tickcache::daemon;

namespace {

std::string text(std::optional<Decimal> decimal) { return decimal ? decimal->str() : "none"; }

TEST_CASE("a ticker in every form") {
  const char* const forms[] = {
      R"({"channel":"ticker","symbol":"BTCUSDT","data":{"price":"64521.30","quantity":"0.012","timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":false}})",
      R"({"channel": "ticker", "symbol": "BTCUSDT", "data": {"price": "64521.30", "quantity": "0.012", "timestamp": "2026-02-23T15:30:45.123Z", "is_buyer_maker": false}})",
      R"({"channel":"ticker:BTCUSDT","data":{"price":"64521.30","quantity":"0.012","timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":false}})",
      R"({"channel":"ticker:BTCUSDT","symbol":"BTCUSDT","data":{"symbol":"btcusdt","price":"64521.30","quantity":"0.012","timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":false}})",
      R"({"channel":"ticker_all","symbol":"BTCUSDT","data":{"price":"64521.30","quantity":"0.012","timestamp":1771860645123,"is_buyer_maker":false}})",
      R"({"channel":"ticker:all","data":{"symbol":"BTCUSDT","price":"64521.30","quantity":"0.012","timestamp":1771860645123,"is_buyer_maker":false}})",
      R"({"channel":"ticker:ALL","data":{"symbol":"BTCUSDT","price":"64521.30","quantity":"0.012","timestamp":1771860645123.000,"is_buyer_maker":false}})",
      R"({"type":"ticker","symbol":"BTCUSDT","price":"64521.30","quantity":"0.012","timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":false})",
      R"({"type":"ticker","symbol":"BTCUSDT","price":64521.30,"quantity":0.012,"timestamp":1771860645123,"is_buyer_maker":false})",
      R"({"type":"ticker","symbol":"BTCUSDT","price":6.452130E4,"quantity":1.2e-2,"timestamp":"1771860645123","is_buyer_maker":false})",
      R"({"type":"ticker","channel":"ticker:BTCUSDT","price":"64521.30","quantity":"12e-3","timestamp":1.771860645123e12,"is_buyer_maker":false})",
      R"({"type":"ticker","channel":"ticker","symbol":"BTCUSDT","data":{"price":"64521.30","quantity":"0.012","timestamp":"2026-02-23 17:30:45.123+02:00","is_buyer_maker":false}})",
      R"({"data":{"is_buyer_maker":false,"timestamp":"2026-02-23T15:30:45.123Z","quantity":"0.012","price":"64521.30"},"symbol":"BTCUSDT","channel":"ticker"})",
      R"({"x":{"price":"9","data":{"price":"9"}},"channel":"ticker","y":[{"symbol":"ZZZ"},[1,"2",null]],"symbol":"BTCUSDT","data":{"x":{"price":"9"},"price":"64521.30","y":["price","8"],"quantity":"0.012","timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":false,"data":{"price":"7"}},"z":null})",
      "\t{\r\n \"channel\" :\"ticker\" , "
      "\"symbol\"\n:\n\"btcusdt\",\"data\":\t{\"price\":\"64521.30\","
      "\"quantity\":\"0.012\",\"timestamp\":\"2026-02-23T15:30:45.123Z\",\"is_buyer_maker\":false "
      "} } \n",
      R"({"channel":"ticker","symbol":"BTCUSD\u0054","data":{"pr\u0069ce":"64521\u002e30","quantity":"0.012","timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":false}})",
      R"({"type":null,"channel":"ticker","symbol":"BTCUSDT","data":{"symbol":null,"price":"64521.30","quantity":"0.012","timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":false}})",
      R"({"type":"ticker","data":null,"symbol":"BTCUSDT","price":"64521.30","quantity":"0.012","timestamp":"2026-02-23T15:30:45.123Z","is_buyer_maker":false})",
  };
  for (const char* form : forms) {
    CAPTURE(form);
    const auto event = decode_as<TickEvent>(form);
    CHECK(event.symbol == "BTCUSDT");
    CHECK(text(event.ticker.quantity()) == "0.012");
    CHECK(event.ticker.price().to_double() == 64521.30);
    CHECK(event.ticker.price().str() == "64521.30");
    CHECK(event.ticker.exchange_time_ns == 1771860645123000000);
    CHECK(event.ticker.buyer_is_maker() == false);
    CHECK_FALSE(event.quantity_absent);
    CHECK_FALSE(event.timestamp_ignored);
  }
}

TEST_CASE("a ticker needs no more than a symbol and a price") {
  const auto event = decode_as<TickEvent>(R"({"type":"ticker","symbol":"1000SATSUSDT","price":1})");
  CHECK(event.symbol == "1000SATSUSDT");
  CHECK_FALSE(event.ticker.quantity());
  CHECK_FALSE(event.ticker.buyer_is_maker());
  CHECK(event.ticker.exchange_time_ns == 0);
  CHECK_FALSE(event.quantity_absent);
  CHECK_FALSE(event.timestamp_ignored);
}

TEST_CASE("a ticker is kept without what cannot be read") {
  const auto with = [](const std::string& member) {
    return decode_as<TickEvent>(R"({"type":"ticker","symbol":"A","price":"1",)" + member + "}");
  };
  for (const char* time :
       {R"("yesterday")", R"("")", "-1", "1771860645123456", "true", "{}", "[1]"}) {
    const auto event = with(std::string(R"("timestamp":)") + time);
    CHECK(event.timestamp_ignored);
    CHECK(event.ticker.exchange_time_ns == 0);
  }
  for (const char* quantity : {R"("")", R"("NaN")", R"("12345678901234567890")", "1e30",
                               "0.1234567890123456789", "false", "[]"}) {
    const auto event = with(std::string(R"("quantity":)") + quantity);
    CHECK(event.quantity_absent);
    CHECK_FALSE(event.ticker.quantity());
  }
  for (const char* maker : {R"("true")", "1", "null", "{}"}) {
    CHECK_FALSE(with(std::string(R"("is_buyer_maker":)") + maker).ticker.buyer_is_maker());
  }
  CHECK(with(R"("is_buyer_maker":true)").ticker.buyer_is_maker() == true);
  CHECK_FALSE(with(R"("quantity":null)").quantity_absent);
  CHECK_FALSE(with(R"("timestamp":null)").timestamp_ignored);
}

TEST_CASE("a candle in every form") {
  const char* const forms[] = {
      R"({"channel": "candles", "symbol": "BTCUSDT", "interval": "1m", "data": {"time": "2026-02-23T15:30:00.000Z", "open": "64500.00", "high": "64550.00", "low": "64490.00", "close": "64521.30", "volume": "12.345", "is_closed": true}})",
      R"({"channel":"candles:BTCUSDT:1m","data":{"time":1771860600000,"open":64500.00,"high":64550.00,"low":64490.00,"close":64521.30,"volume":12.345}})",
      R"({"channel":"candles:BTCUSDT:1m","symbol":"BTCUSDT","data":{"interval":"1m","open_time":1771860600000,"open":"64500.00","high":"64550.00","low":"64490.00","close":"64521.30","volume":"12345e-3"}})",
      R"({"type":"candle","symbol":"BTCUSDT","interval":"1m","open":"64500.00","high":"64550.00","low":"64490.00","close":"64521.30","volume":"12.345","open_time":"2026-02-23T15:30:00Z"})",
      R"({"type":"candles","symbol":"BTCUSDT","interval":"1m","open":"64500.00","high":"64550.00","low":"64490.00","close":"64521.30","volume":"12.345","open_time":"2026-02-23T15:30:00Z","time":1})",
      R"({"type":"candle","channel":"candles:BTCUSDT","interval":"1m","open":"64500.00","high":"64550.00","low":"64490.00","close":"64521.30","volume":"12.345","open_time":"2026-02-23T15:30:00Z","is_closed":null})",
  };
  for (const char* form : forms) {
    CAPTURE(form);
    const auto event = decode_as<CandleEvent>(form);
    CHECK(event.symbol == "BTCUSDT");
    CHECK(event.interval == "1m");
    CHECK(event.candle.open.str() == "64500.00");
    CHECK(event.candle.high.str() == "64550.00");
    CHECK(event.candle.low.str() == "64490.00");
    CHECK(event.candle.close.str() == "64521.30");
    CHECK(event.candle.volume == "12.345");
    CHECK(event.candle.open_time_ns == 1771860600000000000);
    CHECK(event.candle.closed == 1);
    CHECK_FALSE(event.quantity_absent);
  }
}

/// A flat candle, in which `replaced` takes the place of the member of the same name.
std::string candle(const std::string& name = {}, const std::string& value = {}) {
  std::vector<std::pair<std::string, std::string>> members = {
      {"type", "\"candle\""}, {"symbol", "\"A\""},
      {"interval", "\"1m\""}, {"open", "1"},
      {"high", "2"},          {"low", "1"},
      {"close", "2"},         {"open_time", "1771860600000"},
      {"volume", "3"}};
  std::string message;
  for (auto& [key, old] : members) {
    if (key == name) old = value;
    if (!old.empty()) message += (message.empty() ? "{\"" : ",\"") + key + "\":" + old;
  }
  return message + "}";
}

TEST_CASE("a candle that lacks something is rejected") {
  CHECK(decode_as<CandleEvent>(candle()).candle.closed == 1);
  for (const char* price : {"open", "high", "low", "close"}) {
    for (const char* bad : {"", "0", "-1", "\"\"", "\"NaN\"", "null", "true", "{}", "1e30"}) {
      CHECK(why(candle(price, bad)) == Counter::rejected_price);
    }
  }
  for (const char* bad : {"", "\"soon\"", "null", "-1", "[]"}) {
    CHECK(why(candle("open_time", bad)) == Counter::rejected_field);
  }
  for (const char* bad : {"", "\"\"", "\"12345678\"", "1", "\"1 m\"", "\"1\\n\"", "\"\\\"\""}) {
    CHECK(why(candle("interval", bad)) == Counter::rejected_field);
  }
  CHECK(why(candle("symbol", "")) == Counter::rejected_symbol);
  CHECK(why(candle("volume", "3,\"is_closed\":1")) == Counter::rejected_field);
  CHECK(
      why(R"({"channel":"candles:A:1m","interval":"5m","data":{"time":0,"open":1,"high":1,"low":1,"close":1}})") ==
      Counter::rejected_field);
}

TEST_CASE("an open candle, and volumes") {
  CHECK(decode_as<CandleEvent>(candle("volume", "3,\"is_closed\":false")).candle.closed == 0);
  CHECK(
      decode_as<CandleEvent>(candle("volume", "\"1234567890123456789012345.678\"")).candle.volume ==
      "1234567890123456789012345.678");
  CHECK(decode_as<CandleEvent>(candle("volume", "")).candle.volume == "");
  CHECK_FALSE(decode_as<CandleEvent>(candle("volume", "")).quantity_absent);
  for (const char* bad : {"\"many\"", "1e99", "[]"}) {
    const auto event = decode_as<CandleEvent>(candle("volume", bad));
    CHECK(event.candle.volume == "");
    CHECK(event.quantity_absent);
  }
}

TEST_CASE("an order in every form") {
  struct Form {
    const char* message;
    const char* data;  ///< null: the whole message
  };
  const Form forms[] = {
      {R"({"channel": "orders", "data": {"order_id": "996ad860-2a9a-504f-8861-aeafd0b2ae29", "status": "filled", "symbol": "BTCUSDT", "side": "buy", "type": "limit", "quantity": "0.50000000", "executed_price": "63999.40000000", "executed_quantity": "0.50000000", "fee": "31.99970000", "filled_at": "2026-02-23T15:30:45.123Z", "price": "64000.00000000"}})",
       R"({"order_id": "996ad860-2a9a-504f-8861-aeafd0b2ae29", "status": "filled", "symbol": "BTCUSDT", "side": "buy", "type": "limit", "quantity": "0.50000000", "executed_price": "63999.40000000", "executed_quantity": "0.50000000", "fee": "31.99970000", "filled_at": "2026-02-23T15:30:45.123Z", "price": "64000.00000000"})"},
      {R"({"data":{"x":{"type":"no"},"order_id":"996ad860-2a9a-504f-8861-aeafd0b2ae29","status":"filled","symbol":"btcusdt","side":"buy","order_type":"limit","type":"order","quantity":0.50000000,"executed_price":63999.40000000,"executed_quantity":0.50000000,"fee":31.99970000,"filled_at":1771860645123,"price":64000.00000000} ,"channel":"orders"})",
       R"({"x":{"type":"no"},"order_id":"996ad860-2a9a-504f-8861-aeafd0b2ae29","status":"filled","symbol":"btcusdt","side":"buy","order_type":"limit","type":"order","quantity":0.50000000,"executed_price":63999.40000000,"executed_quantity":0.50000000,"fee":31.99970000,"filled_at":1771860645123,"price":64000.00000000})"},
      {R"({"type":"order","order_id":"996ad860-2a9a-504f-8861-aeafd0b2ae29","status":"filled","symbol":"BTCUSDT","side":"buy","order_type":"limit","quantity":"0.50000000","executed_price":"63999.40000000","executed_quantity":"0.50000000","fee":"31.99970000","filled_at":"2026-02-23T15:30:45.123Z","price":"64000.00000000"})",
       nullptr},
      {R"({"type":"order_update","channel":"orders","order_id":"996ad860-2a9a-504f-8861-aeafd0b2ae29","status":"filled","symbol":"BTCUSDT","side":"buy","order_type":"limit","quantity":"0.50000000","executed_price":"63999.40000000","executed_quantity":"0.50000000","fee":"31.99970000","filled_at":"2026-02-23T15:30:45.123Z","price":"64000.00000000"})",
       nullptr},
      {R"({"channel":"orders","order_id":"996ad860-2a9a-504f-8861-aeafd0b2ae29","status":"filled","symbol":"BTCUSDT","side":"buy","type":"limit","quantity":"0.50000000","executed_price":"63999.40000000","executed_quantity":"0.50000000","fee":"31.99970000","filled_at":"2026-02-23T15:30:45.123Z","price":"64000.00000000"})",
       nullptr},
  };
  for (const Form& form : forms) {
    CAPTURE(form.message);
    const auto event = decode_as<OrderEvent>(std::string(" ") + form.message + "\n");
    const Order& order = event.order;
    CHECK(order.id == "996ad860-2a9a-504f-8861-aeafd0b2ae29");
    CHECK(order.status == "filled");
    CHECK(order.symbol == "BTCUSDT");
    CHECK(order.side == "buy");
    CHECK(order.type == "limit");
    CHECK(text(order.quantity()) == "0.50000000");
    CHECK(text(order.price()) == "64000.00000000");
    CHECK(text(order.executed_price()) == "63999.40000000");
    CHECK(text(order.executed_quantity()) == "0.50000000");
    CHECK(text(order.fee()) == "31.99970000");
    CHECK(order.filled_at_ns == 1771860645123000000);
    CHECK(order.cancelled_at_ns == 0);
    CHECK(order.flags == 0);
    CHECK(order.data == (form.data ? form.data : form.message));
    CHECK_FALSE(event.quantity_absent);
    CHECK_FALSE(event.timestamp_ignored);
  }
}

TEST_CASE("an order's texts are unescaped, its data is not") {
  const auto order =
      decode_as<OrderEvent>(
          R"({"channel":"orders","data":{"order_id":"a","rejected_reason":"\"USDT\" < 1 \u2014 d\u00e9j\u00e0 \ud83d\ude00\n"}})")
          .order;
  CHECK(order.rejected_reason == "\"USDT\" < 1 — déjà 😀\n");
  CHECK(
      order.data ==
      R"({"order_id":"a","rejected_reason":"\"USDT\" < 1 \u2014 d\u00e9j\u00e0 \ud83d\ude00\n"})");
  CHECK(order.fields == 0);
  CHECK(order.symbol == "");
}

TEST_CASE("an order that does not fit says so") {
  const auto with = [](const std::string& member) {
    return decode_as<OrderEvent>(R"({"channel":"orders","data":{"order_id":"a",)" + member + "}}");
  };
  CHECK(with(R"("x":")" + std::string(1000, 'x') + "\"").order.flags == 0);
  const Order cut = with(R"("x":")" + std::string(1100, 'x') + "\"").order;
  CHECK(cut.flags == Order::kDataCut);
  CHECK(cut.data.view().size() == 1039);
  CHECK(with(R"("side":"sideways")").order.flags == Order::kTextCut);
  CHECK(with(R"("status":"fi\u0000lled")").order.flags == Order::kTextCut);
  CHECK(with(R"("status":"fi\u0000lled")").order.status == "fi");
  CHECK(with(R"("status":["filled"],"side":true)").order.flags == 0);
  CHECK(with(R"("status":["filled"])").order.status == "");
  CHECK(with(R"("order_type":7)").order.type == "7");
  CHECK(with(R"("type":"order_update")").order.type == "");

  const auto absent = with(R"("price":"1","quantity":"1e40","fee":"?")");
  CHECK(absent.quantity_absent);
  CHECK(absent.order.fields == Order::kPrice);
  CHECK(with(R"("filled_at":"?")").timestamp_ignored);
  CHECK(with(R"("cancelled_at":"?")").timestamp_ignored);
  CHECK(with(R"("cancelled_at":1)").order.cancelled_at_ns == 1000000);
  CHECK(decode_as<OrderEvent>(R"({"type":"order","order_id":12345})").order.id == "12345");

  for (const char* id : {R"("")", "null", "{}", "true", R"("\u0000")"}) {
    CHECK(why(std::string(R"({"type":"order","status":"filled","order_id":)") + id + "}") ==
          Counter::rejected_field);
  }
  CHECK(why(R"({"type":"order","status":"filled"})") == Counter::rejected_field);
}

TEST_CASE("a portfolio in every form") {
  const char* const forms[] = {
      R"({"channel": "portfolio", "data": {"total_equity": "12458.3000000000000001", "unrealized_pnl": "-58.20", "realized_pnl": "0.00000001", "timestamp": "2026-02-23T15:30:45.123Z", "available_cash": "5000.00", "roi_pct": "1.2345678901234567890123456789"}})",
      R"({"channel":"portfolio","data":{"total_equity":12458.3000000000000001,"unrealized_pnl":-58.20,"realized_pnl":1e-8,"timestamp":1771860645123,"available_cash":5000.00,"roi_pct":1.2345678901234567890123456789}})",
      R"({"type":"portfolio","total_equity":"12458.3000000000000001","unrealized_pnl":"-58.20","realized_pnl":"1E-8","timestamp":"2026-02-23T15:30:45.123+00:00","available_cash":"5000.00","roi_pct":"1.2345678901234567890123456789"})",
      R"({"type":"portfolio","channel":"portfolio","total_equity":"12458.3000000000000001","unrealized_pnl":-5.820e1,"realized_pnl":"0.00000001","timestamp":"1771860645123","available_cash":"5000.00","roi_pct":"1.2345678901234567890123456789"})",
  };
  for (const char* form : forms) {
    CAPTURE(form);
    const auto event = decode_as<PortfolioEvent>(form);
    const Portfolio& portfolio = event.portfolio;
    CHECK(portfolio.total_equity == "12458.3000000000000001");
    CHECK(portfolio.available_cash == "5000.00");
    CHECK(portfolio.unrealized_pnl == "-58.20");
    CHECK(portfolio.realized_pnl == "0.00000001");
    CHECK(portfolio.roi_pct == "1.2345678901234567890123456789");
    CHECK(portfolio.exchange_time_ns == 1771860645123000000);
    CHECK_FALSE(event.quantity_absent);
    CHECK_FALSE(event.timestamp_ignored);
  }
}

TEST_CASE("portfolio amounts are exact or empty") {
  const auto event = decode_as<PortfolioEvent>(
      R"({"type":"portfolio","total_equity":"1","roi_pct":"0.1234567890123456789012345678901234567890","timestamp":"?"})");
  CHECK(event.portfolio.total_equity == "1");
  CHECK(event.portfolio.roi_pct == "");
  CHECK(event.quantity_absent);
  CHECK(event.timestamp_ignored);
  CHECK(why(R"({"type":"portfolio"})") == Counter::rejected_field);
  CHECK(why(R"({"type":"portfolio","total_equity":"NaN","roi_pct":{}})") ==
        Counter::rejected_field);
}

TEST_CASE("symbols come out in upper case, and must agree") {
  CHECK(decode_as<TickEvent>(R"({"type":"ticker","symbol":"btcusdt","price":1})").symbol ==
        "BTCUSDT");
  CHECK(
      decode_as<TickEvent>(R"({"channel":"ticker:btcUSDT","symbol":"BTCusdt","data":{"price":1}})")
          .symbol == "BTCUSDT");
  CHECK(decode_as<TickEvent>(R"({"type":"ticker","symbol":"币安usdt","price":1})").symbol ==
        "币安USDT");
  for (const char* differs :
       {R"({"channel":"ticker:BTCUSDT","symbol":"ETHUSDT","data":{"price":1}})",
        R"({"channel":"ticker:BTCUSDT","data":{"symbol":"ETHUSDT","price":1}})",
        R"({"channel":"ticker","symbol":"BTCUSDT","data":{"symbol":"ETHUSDT","price":1}})",
        R"({"channel":"ticker:BTCUSDT","symbol":"ETHUSDT","price":1,"type":"ticker"})"}) {
    CHECK(why(differs) == Counter::rejected_field);
  }
}

}  // namespace
