#include "sim/market_rest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "sim/decimal.hpp"
#include "sim/json_text.hpp"

namespace tickcache::sim {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStaleAfter = 60 * kSecond;
constexpr std::size_t kMostTickers = 100;
constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kIntervals{
    {{"1m", 1}, {"5m", 5}, {"1h", 60}, {"1d", 1440}}};

// How a price or quantity of a message reads after the platform has taken it for a decimal.
std::string price_text(const Trade& trade) { return decimal_text(trade.price); }

std::string trade_time(const Trade& trade) { return rest_time(trade.time_ms * 1000); }

HttpResponse symbol_error(unsigned status, std::string_view code, std::string_view before,
                          std::string_view symbol, std::string_view after) {
  std::string details;
  ObjectText(details, Encoding::utf8).text("symbol", symbol).end();
  std::string message(before);
  message.append("'").append(symbol).append("'").append(after);
  return error_response(status, code, message, details);
}

// Milliseconds since 1970, of ISO-8601 text in UTC or a number of seconds or milliseconds.
std::optional<std::int64_t> moment(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, number);
      read.ec == std::errc() && read.ptr == end) {
    constexpr double kFirstMilliseconds = 2e10;  // as the platform's parser tells them apart
    return static_cast<std::int64_t>(number >= kFirstMilliseconds ? number : number * 1000);
  }
  std::tm parts{};
  const char* const rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  double fraction = 0;
  if (*rest == '.') std::from_chars(rest, end, fraction);
  return std::int64_t{timegm(&parts)} * 1000 + static_cast<std::int64_t>(fraction * 1000);
}

std::string candle_object(const Span& candle) {
  std::string text;
  ObjectText(text, false)
      .text("time", rest_time(candle.time_ms * 1000))
      .text("open", book_text(candle.open))
      .text("high", book_text(candle.high))
      .text("low", book_text(candle.low))
      .text("close", book_text(candle.close))
      .text("volume", book_text(candle.volume))
      .plain("trade_count", candle.trades)
      .end();
  return text;
}

}  // namespace

HttpResponse unknown_symbol(std::string_view symbol) {
  return symbol_error(400, "INVALID_SYMBOL", "Trading pair ", symbol, " is not available.");
}

HttpResponse no_price(std::string_view symbol) {
  return symbol_error(503, "PRICE_NOT_AVAILABLE", "Current price for ", symbol,
                      " is not available.");
}

std::int64_t read_limit(const Target& target, std::string_view name, std::int64_t usual,
                        std::int64_t least, std::int64_t most,
                        std::optional<HttpResponse>& refusal) {
  const auto text = target.find(name);
  if (!text) return usual;
  std::int64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) {
    refusal = refused_number(name, *text, "", 0);
  } else if (value < least) {
    refusal = refused_number(name, *text, "greater_than_equal", least);
  } else if (value > most) {
    refusal = refused_number(name, *text, "less_than_equal", most);
  }
  return value;
}

MarketRest::MarketRest(const Clock& clock, const Trades& trades) : clock_(clock), trades_(trades) {}

std::int64_t MarketRest::silent_for_ns(std::size_t symbol) const {
  return boottime_ns() - std::max(started_ns_, trades_.last(symbol).boottime_ns);
}

HttpResponse MarketRest::health(Source source, bool has_database) const {
  const bool redis = source != Source::nothing;
  std::string stale;
  for (std::size_t i = 0; i < trades_.size(); ++i) {
    if (redis && silent_for_ns(i) <= kStaleAfter) continue;
    if (!stale.empty()) stale += ',';
    append_json_string(stale, trades_.name(i), Encoding::utf8);
  }
  HttpResponse response;
  if (!has_database) response.status = 503;
  ObjectText(response.body, false)
      .text("status", !has_database   ? "unhealthy"
                      : stale.empty() ? "ok"
                                      : "degraded")
      .plain("redis_connected", redis ? "true" : "false")
      .plain("db_connected", has_database ? "true" : "false")
      .plain("ingestion_active", redis ? "true" : "false")
      .plain("stale_pairs", "[" + stale + "]")
      .plain("total_pairs", trades_.size())
      .plain("checks", R"({"redis_latency_ms":2.81,"db_latency_ms":27.21})")
      .end();
  return response;
}

HttpResponse MarketRest::prices(const Target& target, Source source) const {
  std::vector<std::size_t> wanted;
  if (target.find("symbols")) {
    for (const std::string& name : target.list("symbols")) wanted.push_back(trades_.find(name));
  } else {
    for (std::size_t i = 0; i < trades_.size(); ++i) wanted.push_back(i);
  }
  std::string prices;
  std::uint64_t count = 0;
  ObjectText object(prices, Encoding::utf8);
  for (const std::size_t symbol : wanted) {
    if (source == Source::nothing || symbol == trades_.size()) continue;
    const Trade& trade = trades_.last(symbol);
    if (trade.number == 0) continue;
    object.text(trades_.name(symbol), price_text(trade));
    ++count;
  }
  object.end();
  // The platform judges all symbols by this one.
  const std::size_t judge = trades_.find("BTCUSDT");
  const bool has_age =
      source != Source::nothing && judge < trades_.size() && trades_.last(judge).number > 0;
  const std::int64_t age = has_age ? boottime_ns() - trades_.last(judge).boottime_ns : 0;
  std::array<char, 40> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%.1f",
                static_cast<double>(age) / static_cast<double>(kSecond));
  const bool stale = !has_age || age > kStaleAfter || source == Source::trades_called_stale;
  HttpResponse response;
  ObjectText(response.body, false)
      .plain("prices", prices)
      .text("timestamp", rest_time(clock_.microseconds()))
      .plain("count", count)
      .plain("stale", stale ? "true" : "false")
      .plain("data_age_seconds", has_age ? seconds.data() : "null")
      .end();
  return response;
}

HttpResponse MarketRest::price(std::string_view symbol, Source source) const {
  const std::size_t index = trades_.find(symbol);
  if (index == trades_.size()) return unknown_symbol(symbol);
  const Trade& trade = trades_.last(index);
  if (source == Source::nothing || trade.number == 0) return no_price(symbol);
  HttpResponse response;
  ObjectText(response.body, Encoding::utf8)
      .text("symbol", symbol)
      .text("price", price_text(trade))
      .text("timestamp", trade_time(trade))
      .end();
  return response;
}

std::string MarketRest::ticker_object(std::size_t symbol) const {
  const Span& day = trades_.day(symbol);
  std::string text;
  ObjectText(text, Encoding::utf8)
      .text("symbol", trades_.name(symbol))
      .text("open", book_text(day.open))
      .text("high", book_text(day.high))
      .text("low", book_text(day.low))
      .text("close", book_text(day.close))
      .text("volume", book_text(day.volume))
      .text("quote_volume", product_text(day.close, day.volume))
      .text("change", book_text(day.close - day.open))
      .text("change_pct", percent_text(day.close - day.open, day.open))
      .plain("trade_count", "0")
      .text("timestamp", trade_time(trades_.last(symbol)))
      .end();
  return text;
}

HttpResponse MarketRest::ticker(std::string_view symbol, Source source) const {
  const std::size_t index = trades_.find(symbol);
  if (index == trades_.size()) return unknown_symbol(symbol);
  if (source == Source::nothing || trades_.day(index).trades == 0) return no_price(symbol);
  HttpResponse response;
  response.body = ticker_object(index);
  return response;
}

HttpResponse MarketRest::tickers(const Target& target, Source source) const {
  std::string tickers;
  std::uint64_t count = 0;
  std::size_t asked = 0;
  ObjectText object(tickers, Encoding::utf8);
  for (const std::string& name : target.list("symbols")) {
    if (++asked > kMostTickers) break;
    const std::size_t symbol = trades_.find(name);
    // What the platform has nothing about, it leaves out.
    if (source == Source::nothing || symbol == trades_.size()) continue;
    if (trades_.day(symbol).trades == 0) continue;
    object.plain(name, ticker_object(symbol));
    ++count;
  }
  object.end();
  HttpResponse response;
  ObjectText(response.body, false)
      .plain("tickers", tickers)
      .plain("count", count)
      .text("timestamp", rest_time(clock_.microseconds()))
      .end();
  return response;
}

HttpResponse MarketRest::candles(std::string_view symbol, const Target& target) const {
  std::optional<HttpResponse> refusal;
  const std::int64_t limit = read_limit(target, "limit", 100, 1, 1000, refusal);
  if (refusal) return *refusal;
  const std::string interval = target.find("interval").value_or("1m");
  const auto* const known = std::find_if(kIntervals.begin(), kIntervals.end(),
                                         [&](const auto& each) { return each.first == interval; });
  if (known == kIntervals.end()) {
    return error_response(
        400, "INVALID_SYMBOL",
        "Interval '" + interval + "' is not supported. Use one of: 1m, 5m, 1h, 1d.");
  }
  const std::size_t index = trades_.find(symbol);
  if (index == trades_.size()) return unknown_symbol(symbol);
  const std::int64_t begin = moment(target.value("start_time")).value_or(0);
  const std::int64_t end =
      moment(target.value("end_time")).value_or(std::numeric_limits<std::int64_t>::max());
  std::vector<Span> candles = trades_.candles(index, known->second);
  const auto outside = [&](const Span& each) { return each.time_ms < begin || each.time_ms > end; };
  candles.erase(std::remove_if(candles.begin(), candles.end(), outside), candles.end());
  const std::size_t count = std::min(candles.size(), static_cast<std::size_t>(limit));
  std::string list;
  for (std::size_t i = candles.size() - count; i < candles.size(); ++i) {
    if (!list.empty()) list += ',';
    list += candle_object(candles[i]);
  }
  HttpResponse response;
  ObjectText(response.body, Encoding::utf8)
      .text("symbol", symbol)
      .text("interval", interval)
      .plain("candles", "[" + list + "]")
      .plain("count", count)
      .end();
  return response;
}

}  // namespace tickcache::sim
