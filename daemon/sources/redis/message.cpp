#include "daemon/sources/redis/message.hpp"

#include <algorithm>

#include "daemon/platform/amount.hpp"
#include "daemon/platform/channel_name.hpp"

namespace tickcache::daemon {
namespace {

/// The enumerator with that name; nothing if there is none.
template <class Enum>
std::optional<Enum> named(std::string_view name) {
  if (name.empty() || name == "unknown") return std::nullopt;
  for (int number = 0; number < 256; ++number) {
    const auto value = static_cast<Enum>(number);
    const std::string_view known = to_string(value);
    if (known == name) return value;
  }
  return std::nullopt;
}

std::uint64_t count_in(const JsonValue& json, const char* name) {
  return parse_count(text_in(json, name)).value_or(0);
}

Time age_in(const JsonValue& json) {
  constexpr std::uint64_t kMost = 1'000'000'000'000;  // 30 years
  return std::chrono::milliseconds(std::min(count_in(json, "age_ms"), kMost));
}

/// Not live if it does not say.
Told told_in(const JsonValue& json) {
  Told told;
  told.freshness = named<Freshness>(text_in(json, "freshness")).value_or(Freshness::down);
  told.reason = named<Reason>(text_in(json, "reason")).value_or(Reason::none);
  told.age = age_in(json);
  return told;
}

std::uint8_t origin_in(const JsonValue& json) {
  return static_cast<std::uint8_t>(
      named<Source>(text_in(json, "origin")).value_or(Source::unknown));
}

/// The text after the JSON value that begins at `at`. `text` is valid JSON.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  int depth = 0;
  bool in_string = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth < 0) return at;
      if (depth == 0) return at + 1;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return at;
}

/// The member `name` of an object, as it is written: RapidJSON keeps no numbers as they were. Empty
/// if there is none. `object` is valid JSON without white space, as an origin writes it.
std::string_view member_text(std::string_view object, std::string_view name) {
  std::size_t at = 1;
  while (at < object.size() && object[at] == '"') {
    const std::size_t end = object.find('"', at + 1);
    if (end == object.npos) break;
    const std::string_view key = object.substr(at + 1, end - at - 1);
    const std::size_t value = end + 2;
    const std::size_t after = end_of_value(object, value);
    if (after > object.size() || value > after) break;
    if (key == name) return object.substr(value, after - value);
    at = after + 1;
  }
  return {};
}

/// A decimal of an order, if there is one.
void take_decimal(const JsonValue& json, const char* name, Order::Field field, Order& order) {
  if (const auto value = Decimal::parse(text_in(json, name))) order.set(field, *value);
}

}  // namespace

std::optional<Time> parse_clock(std::string_view text) {
  constexpr std::uint64_t kMost = 1'000'000'000'000'000;  // 30 years
  const auto microseconds = parse_count(text);
  if (!microseconds || *microseconds > kMost) return std::nullopt;
  return std::chrono::microseconds(*microseconds);
}

Tenancy parse_tenancy(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto epoch = parse_count(text.substr(0, colon));
  if (!epoch || colon == text.size()) return {};
  return {*epoch, std::string(text.substr(colon + 1))};
}

std::vector<std::string> parse_texts(std::string_view list) {
  std::vector<std::string> texts;
  Json json;
  const std::string object = R"({"list":)" + std::string(list) + "}";
  if (!parse_object(object, json)) return texts;
  const JsonValue* const values = find_in(json, "list");
  if (values == nullptr || !values->IsArray()) return texts;
  for (const JsonValue& value : values->GetArray()) texts.emplace_back(text_of(value));
  return texts;
}

bool RedisMessage::read(std::string_view text) {
  text_ = text;
  head_ = {};
  if (!parse_object(text, json_)) return false;
  const std::string_view type = text_in(json_, "type");
  head_.is_beat = type == "beat";
  if (!head_.is_beat && type != "batch") return false;
  const auto epoch = parse_count(text_in(json_, "epoch"));
  const auto sequence = parse_count(text_in(json_, "sequence"));
  const auto at = parse_clock(text_in(json_, "at"));
  head_.from.instance = text_in(json_, "instance");
  if (!epoch || *epoch == 0 || !sequence || !at || head_.from.instance.empty()) {
    return false;
  }
  head_.from.epoch = *epoch;
  head_.sequence = *sequence;
  head_.at = *at;
  if (!head_.is_beat) return true;
  const auto hash = parse_count(text_in(json_, "hash"));
  if (!hash) return false;
  head_.hash = *hash;
  const Told told = told_in(json_);
  head_.freshness = told.freshness;
  head_.reason = told.reason;
  const JsonValue* const echoes = find_in(json_, "echo");
  if (echoes == nullptr || !echoes->IsArray()) return true;
  for (const JsonValue& echo : echoes->GetArray()) {
    if (!echo.IsObject()) continue;
    const auto came = parse_clock(text_in(echo, "at"));
    if (came) head_.echoes.push_back({std::string(text_in(echo, "nonce")), *came});
  }
  return true;
}

Beat RedisMessage::beat() const {
  Beat beat;
  beat.hops = count_in(json_, "hops");
  if (const JsonValue* const orders = find_in(json_, "orders"); orders && orders->IsObject()) {
    beat.orders = told_in(*orders);
    beat.order_gap_since_ns = time_in(*orders, "gap_since");
  }
  if (const JsonValue* const portfolio = find_in(json_, "portfolio");
      portfolio && portfolio->IsObject()) {
    beat.portfolio = told_in(*portfolio);
  }
  return beat;
}

std::optional<MirroredTicker> read_ticker(const JsonValue& json) {
  MirroredTicker record;
  Ticker& ticker = record.ticker;
  const auto price = Decimal::parse(text_in(json, "price"));
  const auto updates = parse_count(text_in(json, "updates"));
  if (!price || price->mantissa <= 0 || !updates ||
      !assign_symbol(text_in(json, "symbol"), record.symbol)) {
    return std::nullopt;
  }
  ticker.set_price(*price);
  ticker.updates = *updates;
  if (const auto quantity = Decimal::parse(text_in(json, "quantity"))) {
    ticker.set_quantity(*quantity);
  }
  const JsonValue* const maker = find_in(json, "buyer_is_maker");
  if (maker != nullptr && maker->IsBool()) ticker.set_buyer_is_maker(maker->GetBool());
  if (is_true(json, "snapshot")) ticker.flags |= Ticker::kSnapshot;
  if (is_true(json, "overtaken")) ticker.flags |= Ticker::kOvertaken;
  ticker.exchange_time_ns = time_in(json, "timestamp");
  ticker.lag_ms =
      static_cast<std::uint16_t>(std::min<std::uint64_t>(count_in(json, "lag_ms"), 65'535));
  record.told = told_in(json);
  record.at = parse_clock(text_in(json, "at")).value_or(Time(0));
  return record;
}

std::optional<MirroredCandle> read_candle(const JsonValue& json) {
  MirroredCandle record;
  Candle& candle = record.candle;
  candle.open_time_ns = time_in(json, "open_time");
  if (!assign_symbol(text_in(json, "symbol"), record.symbol) ||
      !assign_interval(text_in(json, "interval"), record.interval) || !read_prices(json, candle)) {
    return std::nullopt;
  }
  static_cast<void>(assign_amount(text_in(json, "volume"), candle.volume));
  candle.closed = is_true(json, "closed") ? 1 : 0;
  if (!is_true(json, "complete")) candle.flags |= Candle::kIncomplete;
  candle.origin = origin_in(json);
  record.told = told_in(json);
  return record;
}

std::optional<MirroredPortfolio> read_portfolio(const JsonValue& json) {
  MirroredPortfolio record;
  Portfolio& portfolio = record.portfolio;
  const auto take = [&](const char* name, AmountText& out) {
    const std::string_view text = text_in(json, name);
    return text.empty() || assign_amount(text, out);
  };
  if (!take("total_equity", portfolio.total_equity) ||
      !take("available_cash", portfolio.available_cash) ||
      !take("unrealized_pnl", portfolio.unrealized_pnl) ||
      !take("realized_pnl", portfolio.realized_pnl) || !take("roi_pct", portfolio.roi_pct)) {
    return std::nullopt;
  }
  portfolio.exchange_time_ns = time_in(json, "timestamp");
  portfolio.origin = origin_in(json);
  record.age = age_in(json);
  return record;
}

std::vector<std::optional<MirroredOrder>> RedisMessage::orders() const {
  std::vector<std::optional<MirroredOrder>> orders;
  if (find_in(json_, "orders") == nullptr) return orders;
  const std::string_view list = member_text(text_, "orders");
  if (!list.starts_with('[')) return orders;
  for (std::size_t at = 1; at < list.size() && list[at] == '{';) {
    const std::size_t end = end_of_value(list, at);
    orders.push_back(parse_order(list.substr(at, end - at)));
    at = end + 1;
  }
  return orders;
}

std::optional<MirroredOrder> parse_order(std::string_view text) {
  Json json;
  if (!parse_object(text, json)) return std::nullopt;
  MirroredOrder record;
  Order& order = record.order;
  bool is_cut = !order.id.assign(text_in(json, "order_id"));
  is_cut |= !order.status.assign(text_in(json, "status"));
  is_cut |= !order.type.assign(text_in(json, "type"));
  is_cut |= !order.side.assign(text_in(json, "side"));
  is_cut |= !order.rejected_reason.assign(text_in(json, "rejected_reason"));
  is_cut |= !order.symbol.assign(text_in(json, "symbol"));
  if (order.id.empty()) return std::nullopt;
  record.position = count_in(json, "position");
  take_decimal(json, "quantity", Order::kQuantity, order);
  take_decimal(json, "price", Order::kPrice, order);
  take_decimal(json, "executed_price", Order::kExecutedPrice, order);
  take_decimal(json, "executed_quantity", Order::kExecutedQuantity, order);
  take_decimal(json, "fee", Order::kFee, order);
  order.filled_at_ns = time_in(json, "filled_at");
  order.cancelled_at_ns = time_in(json, "cancelled_at");
  order.gap_since_ns = time_in(json, "gap_since");
  order.origin = origin_in(json);
  if (is_cut || is_true(json, "text_cut")) order.flags |= Order::kTextCut;
  const std::string_view data = member_text(text, "data");
  const bool has_data = data.starts_with('{') && order.data.assign(data);
  if (!has_data) order.data = {};
  if (is_true(json, "data_cut") || (!has_data && data.starts_with('{'))) {
    order.flags |= Order::kDataCut;
  }
  record.age = age_in(json);
  return record;
}

}  // namespace tickcache::daemon
