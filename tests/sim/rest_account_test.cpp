// The private REST interface: texts are compared with what the platform's server answers.
#include <doctest/doctest.h>

#include <string>

#include "sim/rest_client.hpp"
#include "sim/running.hpp"
#include "sim/ws_client.hpp"

using namespace tickcache::sim;
using namespace std::chrono_literals;

namespace {

const std::string kKey = "X-API-Key: ak_test\r\n";
const std::string kTrade = "/api/v1/trade/";
const std::string kPortfolio = "/api/v1/account/portfolio";

struct Agent : RestClient {
  explicit Agent(const Exchange& exchange) : RestClient(exchange.port()) {}

  RestAnswer ask(const std::string& target) { return get(target, kKey); }
  RestAnswer order(const std::string& body) {
    send("POST", kTrade + "order", kKey, body);
    return receive().value();
  }
  RestAnswer cancel(const std::string& id) {
    send("DELETE", kTrade + "order/" + id, kKey);
    return receive().value();
  }
};

std::string id_of(const RestAnswer& answer) { return value_of(answer.body, "\"order_id\":\""); }

std::string without_ids(const std::string& text) {
  static const std::regex kId("[0-9a-f]{8}-[0-9a-f-]{27}");
  return std::regex_replace(without_times(text), kId, "ID");
}

}  // namespace

TEST_CASE("a market order is filled, the others wait") {
  Running exchange(silent());
  Agent agent(exchange);
  exchange.send_tick("BTCUSDT", "64520.00957400");
  const RestAnswer market =
      agent.order(R"({"symbol":"BTCUSDT","side":"buy","type":"market","quantity":"0.01"})");
  CHECK(market.status == 201);
  CHECK(without_ids(market.body) ==
        R"({"order_id":"ID","status":"filled","symbol":"BTCUSDT","side":"buy","type":"market",)"
        R"("requested_quantity":"0.01","executed_quantity":"0.01",)"
        R"("executed_price":"64526.46157496","slippage_pct":"0.010000","fee":"0.64526462",)"
        R"("total_cost":"645.9098803696","filled_at":"T","quantity":null,"price":null,)"
        R"("locked_amount":null,"created_at":null})");
  const RestAnswer limit = agent.order(
      R"({"symbol":"ETHUSDT","side":"buy","type":"limit","quantity":"1","price":"3000"})");
  CHECK(without_ids(limit.body) ==
        R"({"order_id":"ID","status":"pending","symbol":"ETHUSDT","side":"buy","type":"limit",)"
        R"("requested_quantity":null,"executed_quantity":null,"executed_price":null,)"
        R"("slippage_pct":null,"fee":null,"total_cost":null,"filled_at":null,"quantity":"1",)"
        R"("price":"3000","locked_amount":"3003.000","created_at":"T"})");
  const std::string eth =
      R"({"order_id":"ID","status":"pending","symbol":"ETHUSDT","side":"buy","type":"limit",)"
      R"("quantity":"1.00000000","price":"3000.00000000","executed_price":null,)"
      R"("executed_qty":null,"slippage_pct":null,"fee":null,"created_at":"T","filled_at":null})";
  const std::string btc =
      R"({"order_id":"ID","status":"filled","symbol":"BTCUSDT","side":"buy","type":"market",)"
      R"("quantity":"0.01000000","price":null,"executed_price":"64526.46157496",)"
      R"("executed_qty":"0.01000000","slippage_pct":"0.010000","fee":"0.64526462",)"
      R"("created_at":"T","filled_at":"T"})";
  CHECK(without_ids(agent.ask(kTrade + "orders").body) ==
        R"({"orders":[)" + eth + "," + btc + R"(],"total":2,"limit":100,"offset":0})");
  CHECK(without_ids(agent.ask(kTrade + "orders/open").body) ==
        R"({"orders":[)" + eth + R"(],"total":1,"limit":100,"offset":0})");
  CHECK(without_ids(agent.ask(kTrade + "order/" + id_of(market)).body) == btc);
  CHECK(agent.ask(kTrade + "orders?limit=501").status == 422);
  CHECK(agent.ask(kTrade + "orders/open?limit=201").status == 422);
  CHECK(without_ids(agent.ask(kTrade + "orders?limit=500&offset=1").body) ==
        R"({"orders":[)" + btc + R"(],"total":1,"limit":500,"offset":1})");
  CHECK(without_ids(agent.ask(kTrade + "orders?status=pending&symbol=ETHUSDT").body).find(eth) !=
        std::string::npos);
  CHECK(agent.cancel(id_of(limit)).status == 200);
  CHECK(agent.cancel(id_of(limit)).status == 400);
  CHECK(agent.cancel("0").status == 404);
  CHECK(agent.ask(kTrade + "order/0").body.find(R"({"error":{"code":"ORDER_NOT_FOUND",)") == 0);
}

TEST_CASE("a price far below one is executed as it is") {
  Running exchange(silent());
  Agent agent(exchange);
  exchange.send_tick("BTTCUSDT", "0.00000045");
  const RestAnswer sold =
      agent.order(R"({"symbol":"BTTCUSDT","side":"sell","type":"market","quantity":"1000000"})");
  CHECK(sold.body.find(R"("executed_price":"4.5E-7",)") != std::string::npos);
  CHECK(sold.body.find(R"("fee":"0.00045000",)") != std::string::npos);
}

TEST_CASE("an order that is refused is not listed") {
  Running exchange(silent());
  Agent agent(exchange);
  const auto refused = [&](const std::string& body) { return agent.order(body); };
  CHECK(refused("nonsense").status == 422);
  CHECK(refused(R"({"symbol":"BTCUSDT"})").status == 422);
  CHECK(refused(R"({"symbol":"NOSUCH","side":"buy","type":"limit","quantity":"1","price":"1"})")
            .status == 400);
  CHECK(refused(R"({"symbol":"BTCUSDT","side":"buy","type":"market","quantity":"1"})").status ==
        503);
  const RestAnswer large = refused(
      R"({"symbol":"BTCUSDT","side":"buy","type":"limit","quantity":"1000","price":"60000"})");
  CHECK(large.status == 400);
  CHECK(large.body == R"({"error":{"code":"ORDER_REJECTED","message":"order_too_large",)"
                      R"("details":{"reason":"order_too_large"}}})");
  CHECK(agent.ask(kTrade + "orders").body == R"({"orders":[],"total":0,"limit":100,"offset":0})");
}

TEST_CASE("an order's change goes by WebSocket and REST, by REST, or is lost") {
  Running exchange(silent());
  Agent agent(exchange);
  WsClient client(exchange.port());
  client.send(kOrders);
  REQUIRE(client.read());
  const auto status = [&](const std::string& id) {
    return value_of(agent.ask(kTrade + "order/" + id).body, "\"status\":\"");
  };
  const std::string id = exchange.place_order({});
  CHECK(client.read().value().find(id) != std::string::npos);
  CHECK(exchange.fill_order(id, "60000", "0.004", Tell::rest_only));
  CHECK(status(id) == "partially_filled");
  CHECK(exchange.fill_order(id, "60001", {}, Tell::nowhere));
  CHECK(status(id) == "partially_filled");
  const std::string other = exchange.place_order({}, Tell::rest_only);
  CHECK(exchange.expire_order(other));
  CHECK(client.read().value().find("\"expired\"") != std::string::npos);
  CHECK(status(other) == "expired");
  CHECK_FALSE(exchange.cancel_order(id));
  CHECK_FALSE(exchange.reject_order("0", "why"));
  CHECK(exchange.counts().orders == 2);
}

TEST_CASE(
    "with tickers only, the private channels are acknowledged and REST alone has the orders") {
  Options options = silent();
  options.only_tickers = true;
  Running exchange(options);
  Agent agent(exchange);
  WsClient client(exchange.port());
  client.send(kOrders);
  REQUIRE(client.read());
  const std::string id = exchange.place_order({});
  CHECK(exchange.fill_order(id, "60000"));
  exchange.send_tick("BTCUSDT", "64520.00957400");
  CHECK(id_of(agent.order(
            R"({"symbol":"BTCUSDT","side":"buy","type":"market","quantity":"0.01"})")) != id);
  CHECK(agent.ask(kTrade + "order/" + id).body.find(R"("status":"filled")") != std::string::npos);
  CHECK(exchange.counts().acks == 1);
  CHECK(exchange.counts().orders == 0);
}

TEST_CASE("the portfolio is what the orders left") {
  Running exchange(silent());
  Agent agent(exchange);
  exchange.place_order({"ETHUSDT", "buy", "limit", "1", "3000"});
  exchange.fill_order(exchange.place_order({}), "64526.46157496");
  exchange.send_tick("BTCUSDT", "64540.011177");
  CHECK(without_times(agent.ask(kPortfolio).body) ==
        R"({"total_equity":"99999.4902314000000000","available_cash":"96351.09011963",)"
        R"("locked_cash":"3003.00000000","total_position_value":"645.4001117700000000",)"
        R"("unrealized_pnl":"-0.5097685996000000","realized_pnl":"0",)"
        R"("total_pnl":"-0.5097685996000000","roi_pct":"-0.000509768599600",)"
        R"("starting_balance":"100000.00000000","positions":[{"symbol":"BTCUSDT","asset":"BTC",)"
        R"("quantity":"0.01000000","avg_entry_price":"64590.98803696",)"
        R"("current_price":"64540.01117700","market_value":"645.4001117700000000",)"
        R"("unrealized_pnl":"-0.5097685996000000",)"
        R"("unrealized_pnl_pct":"-0.07892255794388873968600499161","opened_at":"T"}],)"
        R"("timestamp":"T"})");
  exchange.rest(RestMode::empty);
  const RestAnswer blind = agent.ask(kPortfolio);
  CHECK(blind.status == 200);
  CHECK(blind.body.find(R"("current_price":"0","market_value":"645.9098803696000000",)"
                        R"("unrealized_pnl":"0E-16","unrealized_pnl_pct":"0",)") !=
        std::string::npos);
  CHECK(blind.header("x-ratelimit-remaining") == "600");
}

TEST_CASE("a key is refused in the platform's words") {
  Running exchange(silent());
  Agent agent(exchange);
  const std::string upgrade = "/ws/v1?api_key=ak_test";
  CHECK(agent.get(kTrade + "orders").body ==
        R"({"error":{"code":"INVALID_API_KEY","message":"Authentication credentials are )"
        R"(required."}})");
  const RestAnswer bad = agent.get(kTrade + "orders", "X-API-Key: nonsense\r\n");
  CHECK(bad.status == 401);
  CHECK(bad.body == R"({"error":{"code":"INVALID_API_KEY","message":"Invalid API key."}})");
  CHECK(bad.header("x-ratelimit-limit").empty());
  exchange.account(AccountState::unknown);
  CHECK(upgrade_status(exchange.port(), upgrade) == 403);
  CHECK(agent.ask(kTrade + "orders").body == bad.body);
  exchange.account(AccountState::suspended);
  CHECK(upgrade_status(exchange.port(), upgrade) == 403);
  CHECK(agent.ask(kTrade + "orders").status == 403);
  CHECK(without_ids(agent.ask(kPortfolio).body) ==
        R"({"error":{"code":"ACCOUNT_SUSPENDED","message":"Account is suspended.","details":)"
        R"({"account_id":"ID"}}})");
  exchange.account(AccountState::database_down);
  CHECK(upgrade_status(exchange.port(), upgrade) == 403);
  CHECK(agent.ask(kTrade + "orders").body ==
        R"({"error":{"code":"INTERNAL_ERROR","message":"Authentication service error."}})");
  CHECK(agent.ask("/api/v1/market/price/BTCUSDT").status == 500);
  CHECK(agent.ask("/api/v1/market/prices").status == 200);
  CHECK(agent.ask("/health").status == 503);
  exchange.account(AccountState::active);
  CHECK(upgrade_status(exchange.port(), upgrade) == 101);
  CHECK(agent.ask(kTrade + "orders").status == 200);
}

TEST_CASE("requests are limited, orders that are placed among them") {
  Running exchange(silent());
  exchange.begin_minute();
  Agent agent(exchange);
  const RestAnswer first = agent.ask(kTrade + "orders");
  CHECK(first.header("x-ratelimit-limit") == "100");
  CHECK(first.header("x-ratelimit-remaining") == "99");
  CHECK(first.head.find("\r\ncontent-type: application/json\r\nx-ratelimit-limit: ") !=
        std::string::npos);
  CHECK(agent.ask(kPortfolio).header("x-ratelimit-remaining") == "599");
  exchange.spend_trade_requests(98);
  const std::string order =
      R"({"symbol":"BTCUSDT","side":"buy","type":"limit","quantity":"0.01","price":"60000"})";
  CHECK(agent.order(order).header("x-ratelimit-remaining") == "0");
  const RestAnswer refused = agent.order(order);
  CHECK(refused.status == 429);
  const std::string wait = refused.header("retry-after");
  CHECK(refused.body ==
        R"({"error":{"code":"RATE_LIMIT_EXCEEDED","message":"Too many requests.","details":)"
        R"({"limit":100,"window_seconds":60,"retry_after_seconds":)" +
            wait + "}}}");
  CHECK(refused.head.find("\r\nretry-after: " + wait + "\r\ncontent-length: ") !=
        std::string::npos);
  CHECK(agent.ask(kPortfolio).status == 200);
  CHECK(agent.ask("/api/v1/market/prices").header("x-ratelimit-limit").empty());
  const auto now = std::chrono::milliseconds(wall_clock());
  exchange.step_clock(120s - now % 60s);
  CHECK(agent.ask(kTrade + "orders").status == 200);
  CHECK(exchange.counts().rest_answers.at(429) == 1);
}

TEST_CASE("generated orders show by REST too") {
  Options options = silent();
  options.orders_per_second = 500;
  Running exchange(options);
  WsClient client(exchange.port());
  client.send(kOrders);
  REQUIRE(exchange.wait_for([](const Counts& counts) { return counts.orders > 30; }, kSoon));
  exchange.pause_data(true);
  Agent agent(exchange);
  const RestAnswer page = agent.ask(kTrade + "orders?limit=1");
  const RestAnswer one = agent.ask(kTrade + "order/" + id_of(page));
  CHECK(one.status == 200);
  CHECK(page.body.find(one.body) != std::string::npos);
}
