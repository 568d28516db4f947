// The exchange's answers about the account, as it gives them.
#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "daemon/platform/account.hpp"

namespace tickcache::daemon {
namespace {

using Kind = AccountQuestion::Kind;

constexpr std::size_t kPage = 100;

constexpr const char* kOrders =
    R"({"orders":[{"order_id":"17b2fa9a-9a22-418b-937e-51cacd735aa6","status":"pending",)"
    R"("symbol":"BTCUSDT","side":"sell","type":"stop_loss","quantity":"0.00100000",)"
    R"("price":"60000.00000000","executed_price":null,"executed_qty":null,"slippage_pct":null,)"
    R"("fee":null,"created_at":"2026-11-26T01:08:08.893223Z","filled_at":null},)"
    R"({"order_id":"45d6ebad-b50b-4798-a670-a80586b08420","status":"filled","symbol":"BTCUSDT",)"
    R"("side":"buy","type":"market","quantity":"0.01000000","price":null,)"
    R"("executed_price":"64526.46157496","executed_qty":"0.01000000","slippage_pct":"0.010000",)"
    R"("fee":"0.64526462","created_at":"2026-11-26T01:08:08.546018Z",)"
    R"("filled_at":"2026-11-26T01:08:08.647396Z"}],"total":2,"limit":100,"offset":0})";

constexpr const char* kPortfolio =
    R"({"total_equity":"99999.4902314000000000","available_cash":"96351.09011963",)"
    R"("locked_cash":"3003.00000000","total_position_value":"645.4001117700000000",)"
    R"("unrealized_pnl":"-0.5097685996000000","realized_pnl":"0E-16",)"
    R"("total_pnl":"-0.5097685996000000","roi_pct":"-0.000509768599600",)"
    R"("starting_balance":"100000.00000000","positions":[{"symbol":"BTCUSDT","asset":"BTC",)"
    R"("quantity":"0.01000000","avg_entry_price":"64590.98803696",)"
    R"("current_price":"64540.01117700","market_value":"645.4001117700000000",)"
    R"("unrealized_pnl":"-0.5097685996000000","opened_at":"2026-11-26T01:08:08.546018Z"}],)"
    R"("timestamp":"2026-11-26T01:08:09.349503Z"})";

TEST_CASE("what is asked") {
  CHECK(account_target({Kind::orders, 100, 0, {}}, {}) == "/api/v1/trade/orders?limit=100");
  CHECK(account_target({Kind::orders, 500, 100, {}}, {}) ==
        "/api/v1/trade/orders?limit=500&offset=100");
  CHECK(account_target({Kind::open_orders, 200, 0, {}}, {}) ==
        "/api/v1/trade/orders/open?limit=200");
  CHECK(account_target({Kind::order, 1, 0, "a/b"}, "a%2Fb") == "/api/v1/trade/order/a%2Fb");
  CHECK(account_target({Kind::portfolio, 0, 0, {}}, {}) == "/api/v1/account/portfolio");
}

TEST_CASE("orders are taken as the WebSocket would have sent them") {
  AccountReader reader;
  const auto orders = reader.orders(kOrders, kPage);
  REQUIRE(orders);
  REQUIRE(orders->size() == 2);
  const Order& pending = orders->at(0).order;
  CHECK(pending.id.view() == "17b2fa9a-9a22-418b-937e-51cacd735aa6");
  CHECK(pending.type.view() == "stop_loss");
  CHECK(pending.fields == (Order::kQuantity | Order::kPrice));
  CHECK(pending.filled_at_ns == 0);
  const Order& filled = orders->at(1).order;
  CHECK(filled.executed_quantity()->str() == "0.01000000");
  CHECK(filled.executed_price()->str() == "64526.46157496");
  CHECK(filled.fee()->str() == "0.64526462");
  CHECK(filled.flags == 0);
  CHECK(filled.data.view() ==
        R"({"order_id":"45d6ebad-b50b-4798-a670-a80586b08420","status":"filled",)"
        R"("symbol":"BTCUSDT","side":"buy","type":"market","quantity":"0.01000000",)"
        R"("executed_price":"64526.46157496","executed_quantity":"0.01000000",)"
        R"("slippage_pct":"0.010000","fee":"0.64526462",)"
        R"("created_at":"2026-11-26T01:08:08.546018Z","filled_at":"2026-11-26T01:08:08.647396Z"})");
  CHECK(orders->at(1).changed_at_ns == filled.filled_at_ns);
  CHECK(orders->at(0).changed_at_ns > orders->at(1).changed_at_ns);
}

TEST_CASE("what is no list is no answer") {
  AccountReader reader;
  CHECK(reader.orders(R"({"orders":[]})", kPage)->empty());
  for (const char* const body :
       {"", "[]", "<html>", R"({"orders":{}})", R"({"error":{"code":"INTERNAL_ERROR"}})",
        R"({"orders":[{"order_id":"a","status":"fil)"}) {
    CAPTURE(body);
    CHECK_FALSE(reader.orders(body, kPage));
    CHECK_FALSE(reader.order(body));
  }
}

TEST_CASE("an order of a list that cannot be read keeps its place, and the others are read") {
  AccountReader reader;
  const std::string good = R"({"order_id":"a","status":"filled","symbol":"BTCUSDT"})";
  for (const std::string bad : {"1", "null", "{}", "[]", R"({"order_id":"a","symbol":"BTCUSDT"})",
                                R"({"status":"filled","symbol":"BTCUSDT"})",
                                R"({"order_id":["a"],"status":"filled","symbol":"BTCUSDT"})"}) {
    CAPTURE(bad);
    CHECK_FALSE(reader.order(bad));
    const auto orders =
        reader.orders(R"({"orders":[)" + good + "," + bad + "," + good + "]}", kPage);
    REQUIRE(orders);
    REQUIRE(orders->size() == 3);
    CHECK(orders->at(0).order.id.view() == "a");
    CHECK(orders->at(1).order.id.empty());
    CHECK(orders->at(2).order.id.view() == "a");
  }
}

TEST_CASE("no more orders are taken than were asked for") {
  AccountReader reader;
  std::string body = R"({"orders":[)";
  for (int i = 0; i < 100'000; ++i) body += "1,";
  const auto orders = reader.orders(body + "1]}", kPage);
  REQUIRE(orders);
  CHECK(orders->size() == kPage);
  CHECK(orders->capacity() <= 2 * kPage);
}

TEST_CASE("a member that is nested deeper than the stack is left out") {
  AccountReader reader;
  constexpr std::size_t kLevels = 200'000;
  for (const auto& [open, close] : {std::pair{"[", "]"}, std::pair{R"({"a":)", "}"}}) {
    std::string nested;
    for (std::size_t i = 0; i < kLevels; ++i) nested += open;
    nested += '1';
    for (std::size_t i = 0; i < kLevels; ++i) nested += close;
    const std::string order = R"({"order_id":"a","nested":)" + nested +
                              R"(,"status":"filled","late":true,"symbol":"BTCUSDT"})";
    const auto orders = reader.orders(R"({"orders":[)" + order + "]}", kPage);
    REQUIRE(orders);
    REQUIRE(orders->size() == 1);
    CHECK(orders->at(0).order.data.view() ==
          R"({"order_id":"a","status":"filled","late":true,"symbol":"BTCUSDT"})");
    CHECK(reader.order(order));
    CHECK_FALSE(reader.order(nested));
    CHECK_FALSE(reader.portfolio(nested.substr(0, kLevels)));
    static_cast<void>(
        reader.portfolio(R"({"total_equity":"1","positions":[{"current_price":)" + nested + "}]}"));
    CHECK(account_error(R"({"error":)" + nested + "}").empty());
  }
}

TEST_CASE("the portfolio's amounts are kept exactly") {
  AccountReader reader;
  const auto answer = reader.portfolio(kPortfolio);
  REQUIRE(answer);
  CHECK(answer->believable);
  CHECK(answer->portfolio.total_equity.view() == "99999.4902314000000000");
  CHECK(answer->portfolio.available_cash.view() == "96351.09011963");
  CHECK(answer->portfolio.unrealized_pnl.view() == "-0.5097685996000000");
  CHECK(answer->portfolio.roi_pct.view() == "-0.000509768599600");
  CHECK(answer->portfolio.exchange_time_ns == 1'795'655'289'349'503'000);
  CHECK_FALSE(reader.portfolio(R"({"error":{"code":"INTERNAL_ERROR"}})"));
  CHECK_FALSE(reader.portfolio("<html>"));
}

TEST_CASE("fault 64: a position whose price is not above 0 makes the portfolio unbelievable") {
  AccountReader reader;
  const std::string price = R"("current_price":"64540.01117700")";
  for (const char* const price_text :
       {"\"0\"", "0", "\"0.00\"", "\"0E-8\"", "\"-0\"", "\"-64540.01\"", "-1"}) {
    CAPTURE(price_text);
    std::string body = kPortfolio;
    body.replace(body.find(price), price.size(), std::string(R"("current_price":)") + price_text);
    const auto answer = reader.portfolio(body);
    REQUIRE(answer);
    CHECK_FALSE(answer->believable);
  }
}

TEST_CASE("the code of an error") {
  CHECK(account_error(R"({"error":{"code":"INVALID_API_KEY","message":"Invalid API key."}})") ==
        "INVALID_API_KEY");
  CHECK(account_error(R"({"detail":[]})").empty());
  CHECK(account_error("").empty());
}

}  // namespace
}  // namespace tickcache::daemon
