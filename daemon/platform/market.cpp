#include "daemon/platform/market.hpp"

#include <algorithm>

#include "daemon/platform/amount.hpp"
#include "daemon/platform/channel_name.hpp"
#include "daemon/platform/rest_json.hpp"

namespace tickcache::daemon {
namespace {

/// Whether the prices lie between low and high, and the volume is not negative.
bool is_possible(const Candle& candle) {
  const auto is_within = [&](const Decimal& price) {
    return candle.low <= price && price <= candle.high;
  };
  return is_within(candle.open) && is_within(candle.close) &&
         !candle.volume.view().starts_with('-');
}

std::optional<AnsweredCandle> read_candle(const JsonValue& row) {
  if (!row.IsObject()) return std::nullopt;
  AnsweredCandle answered;
  Candle& candle = answered.candle;
  const auto time = parse_timestamp(text_in(row, "time"));
  if (!time) return std::nullopt;
  candle.open_time_ns = *time;
  const auto trades = parse_count(text_in(row, "trade_count"));
  const bool is_sound = trades && read_prices(row, candle) &&
                        assign_amount(text_in(row, "volume"), candle.volume) && is_possible(candle);
  if (!is_sound) return std::nullopt;
  answered.trades = *trades;
  return answered;
}

}  // namespace

std::string market_target(const Question& question, std::string_view symbol) {
  switch (question.kind) {
    case Question::Kind::prices:
      return "/api/v1/market/prices";
    case Question::Kind::trade_time:
      return std::string("/api/v1/market/price/").append(symbol);
    case Question::Kind::candles:
      return std::string("/api/v1/market/candles/")
          .append(symbol)
          .append("?interval=")
          .append(question.interval.view())
          .append("&limit=")
          .append(std::to_string(question.limit));
    case Question::Kind::health:
      break;
  }
  return "/health";
}

std::optional<Prices> parse_prices(std::string_view body) {
  Json json;
  if (!parse_object(body, json)) return std::nullopt;
  const JsonValue* const prices = find_in(json, "prices");
  if (prices == nullptr || !prices->IsObject()) return std::nullopt;
  Prices answer;
  answer.stale = is_true(json, "stale");
  answer.answered_at_ns = time_in(json, "timestamp");
  answer.prices.reserve(prices->MemberCount());
  for (const auto& [name, value] : prices->GetObject()) {
    SymbolText symbol;
    const auto price = Decimal::parse(text_of(value));
    if (!price || price->mantissa <= 0 || !assign_symbol(text_of(name), symbol)) continue;
    answer.prices.emplace_back(symbol, *price);
  }
  return answer;
}

std::optional<std::int64_t> parse_trade_time(std::string_view body) {
  Json json;
  if (!parse_object(body, json) || find_in(json, "price") == nullptr) return std::nullopt;
  return time_in(json, "timestamp");
}

std::optional<std::vector<AnsweredCandle>> parse_candle_answer(std::string_view body) {
  Json json;
  if (!parse_object(body, json)) return std::nullopt;
  const JsonValue* const rows = find_in(json, "candles");
  if (rows == nullptr || !rows->IsArray()) return std::nullopt;
  std::vector<AnsweredCandle> candles;
  candles.reserve(rows->Size());
  for (const JsonValue& row : rows->GetArray()) {
    if (auto candle = read_candle(row)) candles.push_back(*candle);
  }
  std::stable_sort(candles.begin(), candles.end(),
                   [](const AnsweredCandle& a, const AnsweredCandle& b) {
                     return a.candle.open_time_ns < b.candle.open_time_ns;
                   });
  return candles;
}

std::optional<bool> parse_health(std::string_view body) {
  Json json;
  if (!parse_object(body, json) || find_in(json, "status") == nullptr) return std::nullopt;
  return is_true(json, "ingestion_active") && is_true(json, "redis_connected");
}

}  // namespace tickcache::daemon
