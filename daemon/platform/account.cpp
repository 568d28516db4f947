#include "daemon/platform/account.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "daemon/platform/rest_json.hpp"

namespace tickcache::daemon {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

/// What the WebSocket would have sent: the same members, under its names. Lists and objects, which
/// no member of an order is, are left out: they may be nested deeper than the stack.
std::string pushed_form(const JsonValue& order) {
  rapidjson::StringBuffer text;
  Writer writer(text);
  const auto write = [&](std::string_view name) {
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  };
  writer.StartObject();
  write("channel");
  writer.String("orders");
  write("data");
  writer.StartObject();
  for (const auto& [name, value] : order.GetObject()) {
    if (!value.IsString() && !value.IsBool()) continue;
    write(text_of(name) == "executed_qty" ? std::string_view("executed_quantity") : text_of(name));
    if (value.IsBool()) {
      writer.Bool(value.GetBool());
    } else {
      writer.String(value.GetString(), value.GetStringLength());
    }
  }
  writer.EndObject();
  writer.EndObject();
  return {text.GetString(), text.GetSize()};
}

std::optional<RequestedOrder> read_order(Decoder& decoder, const JsonValue& json) {
  if (!json.IsObject()) return std::nullopt;
  const Event& event = decoder.decode_in_general(pushed_form(json));
  const auto* const update = std::get_if<OrderEvent>(&event);
  if (update == nullptr || update->order.status.empty()) return std::nullopt;
  const Order& order = update->order;
  const std::int64_t changed =
      std::max({time_in(json, "created_at"), order.filled_at_ns, order.cancelled_at_ns});
  return RequestedOrder{order, changed};
}

/// Whether each position has a price. The exchange gives 0 when it has lost its prices.
bool has_prices(const Json& json) {
  const JsonValue* const positions = find_in(json, "positions");
  if (positions == nullptr || !positions->IsArray()) return true;
  return std::none_of(positions->Begin(), positions->End(), [](const JsonValue& position) {
    const JsonValue* const price =
        position.IsObject() ? find_in(position, "current_price") : nullptr;
    if (price == nullptr) return false;
    const auto decimal = Decimal::parse(text_of(*price));
    return decimal && decimal->mantissa <= 0;
  });
}

}  // namespace

std::string account_target(const AccountQuestion& question, std::string_view id) {
  const auto page = [&](std::string path) {
    path += "?limit=" + std::to_string(question.limit);
    return question.offset == 0 ? path : path + "&offset=" + std::to_string(question.offset);
  };
  switch (question.kind) {
    case AccountQuestion::Kind::orders:
      return page("/api/v1/trade/orders");
    case AccountQuestion::Kind::open_orders:
      return page("/api/v1/trade/orders/open");
    case AccountQuestion::Kind::order:
      return std::string("/api/v1/trade/order/").append(id);
    case AccountQuestion::Kind::portfolio:
      break;
  }
  return "/api/v1/account/portfolio";
}

std::optional<std::vector<RequestedOrder>> AccountReader::orders(std::string_view body,
                                                                 std::size_t most) {
  Json json;
  if (!parse_object(body, json)) return std::nullopt;
  const JsonValue* const list = find_in(json, "orders");
  if (list == nullptr || !list->IsArray()) return std::nullopt;
  std::vector<RequestedOrder> orders;
  for (const JsonValue& value : list->GetArray()) {
    if (orders.size() == most) break;
    orders.push_back(read_order(decoder_, value).value_or(RequestedOrder{}));
  }
  return orders;
}

std::optional<RequestedOrder> AccountReader::order(std::string_view body) {
  Json json;
  return parse_object(body, json) ? read_order(decoder_, json) : std::nullopt;
}

std::optional<AccountReader::PortfolioAnswer> AccountReader::portfolio(std::string_view body) {
  Json json;
  if (!parse_object(body, json)) return std::nullopt;
  const std::string message = R"({"channel":"portfolio","data":)" + std::string(body) + "}";
  const Event& event = decoder_.decode_in_general(message);
  const auto* const read = std::get_if<PortfolioEvent>(&event);
  if (read == nullptr) return std::nullopt;
  return PortfolioAnswer{read->portfolio, has_prices(json)};
}

Refusal refusal_of(int status, std::string_view body) {
  const std::string code = account_error(body);
  if (status == 403 && code == "ACCOUNT_SUSPENDED") return Refusal::suspended;
  if ((status == 401 || status == 403) && !code.empty()) return Refusal::wrong_key;
  if (status >= 500) return Refusal::failing;
  Json json;
  if (status == 200 && parse_object(body, json) && find_in(json, "total_equity") != nullptr) {
    return Refusal::none;
  }
  return status == 429 && !code.empty() ? Refusal::none : Refusal::unknown;
}

std::string account_error(std::string_view body) {
  Json json;
  const JsonValue* const error = parse_object(body, json) ? find_in(json, "error") : nullptr;
  const JsonValue* const code =
      error != nullptr && error->IsObject() ? find_in(*error, "code") : nullptr;
  return code == nullptr ? std::string() : std::string(text_of(*code));
}

}  // namespace tickcache::daemon
