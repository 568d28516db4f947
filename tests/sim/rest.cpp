#include "sim/rest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "sim/query.hpp"

namespace tickcache::sim {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kHugeBody = 10'000'000;
constexpr std::chrono::seconds kCacheTime{10};

constexpr std::string_view kHealth = "/health";
constexpr std::string_view kPrices = "/api/v1/market/prices";
constexpr std::string_view kPrice = "/api/v1/market/price/{symbol}";
constexpr std::string_view kTicker = "/api/v1/market/ticker/{symbol}";
constexpr std::string_view kTickers = "/api/v1/market/tickers";
constexpr std::string_view kCandles = "/api/v1/market/candles/{symbol}";
constexpr std::string_view kOrders = "/api/v1/trade/orders";
constexpr std::string_view kOpenOrders = "/api/v1/trade/orders/open";
constexpr std::string_view kPlaceOrder = "/api/v1/trade/order";
constexpr std::string_view kOrder = "/api/v1/trade/order/{id}";
constexpr std::string_view kPortfolio = "/api/v1/account/portfolio";
constexpr std::string_view kOther = "other";
constexpr std::array kPatterns{kHealth, kPrices,     kPrice,      kTicker, kTickers,  kCandles,
                               kOrders, kOpenOrders, kPlaceOrder, kOrder,  kPortfolio};

struct PrivateCall {
  std::string_view method;
  std::string_view pattern;
  AccountRest::Call call;
};

constexpr std::array<PrivateCall, 6> kPrivate{{
    {"POST", kPlaceOrder, AccountRest::Call::place},
    {"DELETE", kOrder, AccountRest::Call::cancel},
    {"GET", kOrders, AccountRest::Call::orders},
    {"GET", kOpenOrders, AccountRest::Call::open_orders},
    {"GET", kOrder, AccountRest::Call::order},
    {"GET", kPortfolio, AccountRest::Call::portfolio},
}};

struct Match {
  std::string_view pattern;
  std::string_view argument;
};

Match match(std::string_view path) {
  for (const std::string_view pattern : kPatterns) {
    const std::size_t brace = pattern.find('{');
    if (brace == pattern.npos) {
      if (path == pattern) return {pattern, {}};
      continue;
    }
    if (path.size() <= brace || path.substr(0, brace) != pattern.substr(0, brace)) continue;
    const std::string_view argument = path.substr(brace);
    if (argument.find('/') == argument.npos) return {pattern, argument};
  }
  return {kOther, {}};
}

HttpResponse not_found() { return error_response(404, "NOT_FOUND", "Not Found"); }

}  // namespace

Rest::Rest(const Options& options, const Clock& clock, const Trades& trades, const Access& access,
           Orders& orders, Ledger& ledger)
    : clock_(clock),
      access_(access),
      ledger_(ledger),
      market_(clock, trades),
      account_(options, clock, trades, access, orders),
      mode_(options.rest),
      delay_(options.rest_delay) {}

void Rest::mode(RestMode mode) {
  mode_ = mode;
  cache_.clear();
}

Rest::Answer Rest::answer(const HttpRequest& request) {
  const Target target(request.target);
  const Match found = match(target.path());
  ++ledger_.totals.rest[std::string(found.pattern)];
  Answer answer;
  answer.keep_alive = request.keep_alive;
  answer.delay = delay_;
  if (mode_ == RestMode::refused || mode_ == RestMode::hangs) {
    answer.kind = mode_ == RestMode::hangs ? Answer::Kind::hang : Answer::Kind::close;
    return answer;
  }
  const auto now = steady_clock::now();
  const auto cached = cache_.find(request.target);
  const bool caches = mode_ == RestMode::cached && request.method == "GET";
  HttpResponse response;
  if (caches && cached != cache_.end() && cached->second.until > now) {
    response = cached->second.response;
  } else {
    response = spoiled(respond(request, target, found.pattern, found.argument));
    if (caches) cache_[request.target] = {now + kCacheTime, response};
  }
  ++ledger_.totals.rest_answers[response.status];
  answer.text = response_text(response, clock_.microseconds(), answer.keep_alive);
  return answer;
}

HttpResponse Rest::respond(const HttpRequest& request, const Target& target,
                           std::string_view pattern, std::string_view argument) {
  if (mode_ == RestMode::absent) return not_found();
  if (mode_ == RestMode::error) {
    return error_response(500, "INTERNAL_ERROR", "An unexpected error occurred.");
  }
  if (pattern == kOther) return not_found();
  for (const PrivateCall& known : kPrivate) {
    if (known.method != request.method || known.pattern != pattern) continue;
    return account_.answer(known.call, request, target, argument, mode_ != RestMode::empty);
  }
  const bool is_private = std::any_of(kPrivate.begin(), kPrivate.end(),
                                      [&](const auto& known) { return known.pattern == pattern; });
  if (is_private || request.method != "GET") {
    return error_response(405, "METHOD_NOT_ALLOWED", "Method Not Allowed");
  }
  return respond_market(target, pattern, argument);
}

HttpResponse Rest::respond_market(const Target& target, std::string_view pattern,
                                  std::string_view argument) const {
  using Source = MarketRest::Source;
  Source source = Source::trades;
  if (mode_ == RestMode::empty) source = Source::nothing;
  if (mode_ == RestMode::stale) source = Source::trades_called_stale;
  const bool has_database = access_.state() != AccountState::database_down;
  if (pattern == kHealth) return market_.health(source, has_database);
  // The public requests look their symbols up in the database, all but this one.
  if (pattern == kPrices) return market_.prices(target, source);
  if (!has_database) {
    return error_response(500, "INTERNAL_ERROR", "An unexpected error occurred.");
  }
  if (pattern == kPrice) return market_.price(argument, source);
  if (pattern == kTicker) return market_.ticker(argument, source);
  if (pattern == kTickers) return market_.tickers(target, source);
  return market_.candles(argument, target);
}

HttpResponse Rest::spoiled(HttpResponse response) const {
  switch (mode_) {
    case RestMode::redirect:
      response.status = 302;
      response.body.clear();
      response.headers.emplace_back("location", "/redirected");
      break;
    case RestMode::huge:
      // Blanks are JSON: a client without a limit would find nothing wrong with it.
      response.body.insert(0, kHugeBody, ' ');
      break;
    case RestMode::bad_json:
      response.body.resize(response.body.size() / 2);
      break;
    case RestMode::html:
      response.body = "<!doctype html><html><body><h1>It works!</h1></body></html>";
      response.content_type = "text/html; charset=utf-8";
      break;
    default:
      break;
  }
  return response;
}

}  // namespace tickcache::sim
