#include "sim/account_rest.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sim/decimal.hpp"
#include "sim/fixed_point.hpp"
#include "sim/json_text.hpp"
#include "sim/market_rest.hpp"

namespace tickcache::sim {
namespace {

// What the platform's risk check calls too large, at kBookDigits.
constexpr std::int64_t kMostValue = 50'000'00000000;

constexpr std::string_view kSlippage = "0.010000";

using Text = std::optional<std::string>;

void append(ObjectText& object, std::string_view name, const Text& text) {
  if (text) {
    object.text(name, *text);
  } else {
    object.plain(name, "null");
  }
}

// As the platform's database keeps a quantity or price.
Text stored(const Text& text) {
  if (!text) return text;
  const auto mantissa = book_mantissa(*text);
  return mantissa ? book_text(*mantissa) : *text;
}

// Without the zeros that end a fraction.
std::string without_zeros(std::string text) {
  if (text.find('.') == text.npos || text.find('E') != text.npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string order_object(const Order& order) {
  const OrderUpdate& update = order.update;
  std::string text;
  ObjectText object(text, Encoding::utf8);
  object.text("order_id", update.order_id)
      .text("status", update.status)
      .text("symbol", update.symbol)
      .text("side", update.side)
      .text("type", update.type)
      .text("quantity", *stored(update.quantity));
  append(object, "price", stored(update.price));
  append(object, "executed_price", stored(update.executed_price));
  append(object, "executed_qty", stored(update.executed_quantity));
  append(object, "slippage_pct", order.slippage_pct);
  append(object, "fee", stored(update.fee));
  object.text("created_at", rest_time(order.created_us));
  append(object, "filled_at", order.filled_us == 0 ? Text() : rest_time(order.filled_us));
  object.end();
  return text;
}

HttpResponse no_order(std::string_view id) {
  std::string details;
  ObjectText(details, Encoding::utf8).text("order_id", id).end();
  return error_response(404, "ORDER_NOT_FOUND", "Order not found.", details);
}

// The whole of what the platform answers to an order: what does not apply is null.
struct Placed {
  const Order& order;
  Text requested_quantity, total_cost, quantity, price, locked_amount;
};

HttpResponse placed_response(const Placed& placed) {
  const Order& order = placed.order;
  const OrderUpdate& update = order.update;
  HttpResponse response;
  response.status = 201;
  ObjectText object(response.body, Encoding::utf8);
  object.text("order_id", update.order_id).text("status", update.status);
  object.text("symbol", update.symbol).text("side", update.side).text("type", update.type);
  append(object, "requested_quantity", placed.requested_quantity);
  append(object, "executed_quantity", placed.requested_quantity);
  append(object, "executed_price", stored(update.executed_price));
  append(object, "slippage_pct", order.slippage_pct);
  append(object, "fee", stored(update.fee));
  append(object, "total_cost", placed.total_cost);
  append(object, "filled_at", order.filled_us == 0 ? Text() : rest_time(order.filled_us));
  append(object, "quantity", placed.quantity);
  append(object, "price", placed.price);
  append(object, "locked_amount", placed.locked_amount);
  append(object, "created_at", order.filled_us != 0 ? Text() : rest_time(order.created_us));
  object.end();
  return response;
}

HttpResponse missing(std::string_view field) {
  std::string place = R"(["body",)";
  append_json_string(place, field);
  HttpResponse response;
  response.status = 422;
  response.body = R"({"detail":[{"type":"missing","loc":)" + place +
                  R"(],"msg":"Field required","input":{}}]})";
  return response;
}

Text member(const rapidjson::Document& body, const char* name) {
  const auto found = body.FindMember(name);
  if (found == body.MemberEnd() || !found->value.IsString()) return std::nullopt;
  return std::string(found->value.GetString(), found->value.GetStringLength());
}

}  // namespace

AccountRest::AccountRest(const Options& options, const Clock& clock, const Trades& trades,
                         const Access& access, Orders& orders)
    : clock_(clock),
      trades_(trades),
      access_(access),
      orders_(orders),
      trade_(options.trade_limit),
      other_(options.account_limit) {}

HttpResponse AccountRest::answer(Call call, const HttpRequest& request, const Target& target,
                                 std::string_view argument, bool has_redis) {
  if (auto refused = refusal(request.api_key)) return *std::move(refused);
  const std::int64_t now = now_s();
  RateLimit& limit = call == Call::portfolio ? other_ : trade_;
  const bool is_allowed = !has_redis || limit.take(now);
  HttpResponse response;
  if (is_allowed) {
    response = respond(call, request, target, argument, has_redis);
  } else {
    const std::string wait = std::to_string(limit.reset(now) - now);
    response = error_response(429, "RATE_LIMIT_EXCEEDED", "Too many requests.",
                              R"({"limit":)" + std::to_string(limit.limit()) +
                                  R"(,"window_seconds":60,"retry_after_seconds":)" + wait + "}");
  }
  response.headers.emplace_back("x-ratelimit-limit", std::to_string(limit.limit()));
  response.headers.emplace_back("x-ratelimit-remaining",
                                std::to_string(has_redis ? limit.remaining() : limit.limit()));
  response.headers.emplace_back("x-ratelimit-reset", std::to_string(limit.reset(now)));
  if (!is_allowed) {
    response.headers.emplace_back("retry-after", std::to_string(limit.reset(now) - now));
    response.headers_first = true;
  }
  return response;
}

std::optional<HttpResponse> AccountRest::refusal(std::string_view key) const {
  if (key.empty()) {
    return error_response(401, "INVALID_API_KEY", "Authentication credentials are required.");
  }
  if (access_.state() == AccountState::database_down) {
    return error_response(500, "INTERNAL_ERROR", "Authentication service error.");
  }
  if (access_.state() == AccountState::unknown || !access_.knows(key)) {
    return error_response(401, "INVALID_API_KEY", "Invalid API key.");
  }
  if (access_.state() == AccountState::suspended) {
    return error_response(403, "ACCOUNT_SUSPENDED", "Account is suspended.",
                          R"({"account_id":"dd642e3a-2f69-4028-85b7-a9533834f8d8"})");
  }
  return std::nullopt;
}

HttpResponse AccountRest::respond(Call call, const HttpRequest& request, const Target& target,
                                  std::string_view argument, bool has_redis) {
  switch (call) {
    case Call::place:
      return place(request.body, has_redis);
    case Call::cancel:
      return cancel(argument);
    case Call::orders:
      return list(target, false);
    case Call::open_orders:
      return list(target, true);
    case Call::order:
      return order(argument);
    case Call::portfolio:
      break;
  }
  return orders_.portfolio().response(trades_, has_redis, orders_.locked_cash(),
                                      clock_.microseconds());
}

HttpResponse AccountRest::list(const Target& target, bool only_open) const {
  constexpr std::int64_t kNoBound = std::int64_t{1} << 40;
  std::optional<HttpResponse> refusal;
  const std::int64_t limit = read_limit(target, "limit", 100, 1, only_open ? 200 : 500, refusal);
  const std::int64_t offset = read_limit(target, "offset", 0, 0, kNoBound, refusal);
  if (refusal) return *refusal;
  const Text status = target.find("status");
  const Text symbol = target.find("symbol");
  const std::vector<const Order*> all = orders_.list([&](const Order& order) {
    if (only_open) return order.is_open();
    return (!status || order.update.status == *status) &&
           (!symbol || order.update.symbol == *symbol);
  });
  std::string page;
  std::uint64_t count = 0;
  for (auto i = static_cast<std::size_t>(offset);
       i < all.size() && count < static_cast<std::uint64_t>(limit); ++i, ++count) {
    if (!page.empty()) page += ',';
    page += order_object(*all[i]);
  }
  HttpResponse response;
  ObjectText(response.body, Encoding::utf8)
      .plain("orders", "[" + page + "]")
      .plain("total", count)  // of the page, whatever its name says
      .plain("limit", static_cast<std::uint64_t>(limit))
      .plain("offset", static_cast<std::uint64_t>(offset))
      .end();
  return response;
}

HttpResponse AccountRest::order(std::string_view id) const {
  const Order* const found = orders_.find(id);
  if (found == nullptr) return no_order(id);
  HttpResponse response;
  response.body = order_object(*found);
  return response;
}

HttpResponse AccountRest::place(std::string_view body, bool has_redis) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  if (document.HasParseError() || !document.IsObject()) return missing("symbol");
  NewOrder order;
  order.price = member(document, "price");
  const std::array<std::pair<const char*, std::string*>, 4> fields{{{"symbol", &order.symbol},
                                                                    {"side", &order.side},
                                                                    {"type", &order.type},
                                                                    {"quantity", &order.quantity}}};
  for (const auto& [name, field] : fields) {
    const Text value = member(document, name);
    if (!value) return missing(name);
    *field = *value;
  }
  const auto quantity = book_mantissa(order.quantity);
  if (!quantity) return missing("quantity");
  const std::size_t symbol = trades_.find(order.symbol);
  if (symbol == trades_.size()) return unknown_symbol(order.symbol);
  const bool is_market = order.type == "market";
  if (is_market && (!has_redis || trades_.day(symbol).trades == 0)) return no_price(order.symbol);
  const auto price =
      is_market ? trades_.day(symbol).close : book_mantissa(order.price.value_or(""));
  if (!price) return missing("price");
  if (Wide{*price} * *quantity > Wide{kMostValue} * 100'000'000) {
    return error_response(400, "ORDER_REJECTED", "order_too_large",
                          R"({"reason":"order_too_large"})");
  }
  if (is_market) return filled_at_once(order, symbol);
  const Order* const placed = orders_.find(orders_.place(order, Tell::everywhere));
  // A buyer locks the price and the fee, a seller what it sells.
  const bool is_buy = order.side == "buy";
  const std::string locked =
      is_buy ? fixed_text(rounded(Wide{*price} * *quantity * 1001 / 1000) / 100'000, 3)
             : order.quantity;
  return placed_response({*placed, {}, {}, order.quantity, order.price, locked});
}

HttpResponse AccountRest::filled_at_once(const NewOrder& order, std::size_t symbol) {
  const std::int64_t close = trades_.day(symbol).close;
  const std::int64_t slippage = (close + 5000) / 10'000;
  const std::int64_t price = order.side == "buy" ? close + slippage : close - slippage;
  const std::string id = orders_.place(order, Tell::nowhere);
  orders_.fill(id, fixed_text(price, kBookDigits), {}, Tell::everywhere, std::string(kSlippage));
  const Order* const filled = orders_.find(id);
  const std::int64_t fee = book_mantissa(filled->update.fee.value_or("0")).value_or(0);
  const Wide value = Wide{price} * book_mantissa(order.quantity).value_or(0);
  const std::string cost = wide_text(value + Wide{fee} * 100'000'000, 2 * kBookDigits);
  return placed_response({*filled, order.quantity, without_zeros(cost), {}, {}, {}});
}

// The form of this answer is not known from the platform, only that the order is cancelled by it.
HttpResponse AccountRest::cancel(std::string_view id) {
  const Order* const found = orders_.find(id);
  if (found == nullptr) return no_order(id);
  if (!orders_.cancel(id, Tell::everywhere)) {
    return error_response(400, "ORDER_NOT_CANCELLABLE", "Order cannot be cancelled.");
  }
  HttpResponse response;
  ObjectText(response.body, Encoding::utf8)
      .text("order_id", id)
      .text("status", "cancelled")
      .text("cancelled_at", rest_time(clock_.microseconds()))
      .end();
  return response;
}

}  // namespace tickcache::sim
