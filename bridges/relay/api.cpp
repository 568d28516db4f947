#include "bridges/relay/api.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "bridges/relay/gate.hpp"
#include "bridges/relay/openapi.hpp"
#include "encode/prometheus.hpp"
#include "encode/read.hpp"
#include "encode/status.hpp"
#include "encode/untrusted.hpp"
#include "encode/words.hpp"
#include "options/setting.hpp"

namespace tickcache::relay {
namespace {

namespace http = boost::beast::http;
using encode::Clocks;
using web::Response;

constexpr std::string_view kJson = "application/json";

/// What cannot be answered, and how to ask instead.
struct BadRequest : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Response json_response(std::string body) {
  return web::make_response(http::status::ok, std::move(body), kJson);
}

/// `lines`, one JSON object on each, as an array.
std::string array_of(std::string lines) {
  if (!lines.empty()) lines.pop_back();
  std::string array = "[";
  for (const char c : lines) array.append(c == '\n' ? ",\n" : std::string_view(&c, 1));
  return array + "]\n";
}

/// ?max_age=SECONDS
Query query_of(const Target& target) {
  Query query{.max_age = Query::kExactAge};
  if (!target.has("max_age")) return query;
  static constexpr options::Option kMaxAge{.name = "max_age", .range = {0, options::Range{}.most}};
  const std::string problem = options::parse_value(kMaxAge, target["max_age"], query.max_age);
  if (!problem.empty()) throw BadRequest("max_age: " + problem);
  return query;
}

/// ?require=live
bool requires_live(const Target& target) {
  const std::string_view required = target["require"];
  if (!required.empty() && required != "live") throw BadRequest("require: the only value is live");
  return !required.empty();
}

/// ?limit=COUNT
std::size_t limit_of(const Target& target) {
  // As the command line's --number; a segment keeps fewer.
  static constexpr options::Option kLimit{.name = "limit", .range = {1, 1000}};
  std::size_t limit = kLimit.range.most;
  if (!target.has("limit")) return limit;
  const std::string problem = options::parse_value(kLimit, target["limit"], limit);
  if (!problem.empty()) throw BadRequest("limit: " + problem);
  return limit;
}

/// In place of a value that is not live.
Response not_live(std::string_view what, Freshness freshness, Reason reason) {
  auto response = error_response(http::status::service_unavailable, "NOT_LIVE",
                                 fmt::format("{} is {}", what, encode::verdict(freshness, reason)));
  response.set("X-Freshness", to_string(freshness));
  response.set("X-Reason", to_string(reason));
  return response;
}

Response not_found(std::string_view code, std::string_view message) {
  return error_response(http::status::not_found, code, message);
}

Response own_key_required() {
  return error_response(http::status::forbidden, "OWN_KEY_REQUIRED", kOwnKeyRequired);
}

}  // namespace

Response Api::answer(const web::Request& request, const Target& target) {
  try {
    if (target.path.empty()) return page_response();
    const std::string& first = target.path[0];
    if (first == "v1") return answer_v1(request, target);
    if (target.path.size() == 1) {
      if (first == "healthz") return web::make_response(http::status::ok, "ok\n");
      if (first == "readyz") return ready();
      if (first == "metrics") return metrics();
      if (first == "openapi.json") return json_response(std::string(kOpenApi));
    }
  } catch (const BadRequest& error) {
    return error_response(http::status::bad_request, "BAD_REQUEST", error.what());
  }
  return not_found("NOT_FOUND",
                   "no such path; there are /, /ws/v1, /v1/price/SYMBOL, /v1/prices, "
                   "/v1/candles/SYMBOL/INTERVAL, "
                   "/v1/orders, /v1/portfolio, /v1/status, /v1/stream, /openapi.json, /healthz, "
                   "/readyz and /metrics");
}

Response Api::answer_v1(const web::Request& request, const Target& target) {
  const std::size_t size = target.path.size();
  const std::string_view what = size > 1 ? std::string_view(target.path[1]) : std::string_view();
  if (what == "price" && size == 3) return price(target);
  if (what == "prices" && size == 2) return prices(target);
  if (what == "candles" && size == 4) return candles(target);
  if (what == "status" && size == 2) return status();
  const bool is_private = (what == "orders" || what == "portfolio") && size == 2;
  if (!is_private) {
    return not_found(
        "NOT_FOUND",
        "no such path; there are /v1/price/SYMBOL, /v1/prices, "
        "/v1/candles/SYMBOL/INTERVAL, /v1/orders, /v1/portfolio, /v1/status and /v1/stream");
  }
  if (!hub_.is_own_key(key_of(request, target))) return own_key_required();
  Response response = what == "orders" ? orders(target) : portfolio(target);
  // The daemon may have been restarted with another key, and the reader have noticed.
  if (!hub_.is_own_key(key_of(request, target))) return own_key_required();
  return response;
}

Response Api::price(const Target& target) {
  Reader& reader = hub_.reader();
  const auto row = encode::read_symbols(reader, {target.path[2]}, query_of(target)).front();
  const Result<Ticker>& ticker = row.ticker;
  if (requires_live(target) && !ticker.live()) {
    return not_live(encode::printable(row.symbol), ticker.freshness, ticker.reason);
  }
  // Not that there is none: nothing is known.
  if (!ticker.has_value && ticker.freshness != Freshness::missing) {
    return not_live(encode::printable(row.symbol), ticker.freshness, ticker.reason);
  }
  Response response = json_response(encode::json_line(row.symbol, ticker));
  if (ticker.freshness == Freshness::missing) response.result(http::status::not_found);
  return response;
}

Response Api::prices(const Target& target) {
  Reader& reader = hub_.reader();
  const Query query = query_of(target);
  const auto rows = target.has("symbols")
                        ? encode::read_symbols(reader, items_of(target["symbols"]), query)
                        : encode::read_all(reader, query);
  const bool must_live = requires_live(target);
  std::string lines;
  for (const encode::TickerRow& row : rows) {
    if (must_live && !row.ticker.live()) {
      return not_live(encode::printable(row.symbol), row.ticker.freshness, row.ticker.reason);
    }
    lines += encode::json_line(row.symbol, row.ticker);
  }
  // A segment without symbols is not all live.
  if (must_live && rows.empty()) {
    return not_live("the feed", hub_.status().freshness, hub_.status().reason);
  }
  return json_response(array_of(std::move(lines)));
}

Response Api::orders(const Target& target) {
  std::vector<Order> orders(limit_of(target));
  const ListResult list = hub_.reader().orders(orders, query_of(target));
  if (requires_live(target) && list.freshness != Freshness::live) {
    return not_live("the newest order update", list.freshness, list.reason);
  }
  const Clocks clocks = Clocks::now();
  std::string lines;
  for (std::size_t i = 0; i < list.count; ++i) {
    lines += encode::json_line(orders[i], list.first_position + i, list, clocks);
  }
  if (list.gap_since_ns != 0) lines += encode::json_gap_line(list.gap_since_ns, list);
  return json_response(array_of(std::move(lines)));
}

Response Api::portfolio(const Target& target) {
  const Result<Portfolio> portfolio = hub_.reader().portfolio(query_of(target));
  if (requires_live(target) && !portfolio.live()) {
    return not_live("the portfolio", portfolio.freshness, portfolio.reason);
  }
  if (!portfolio.has_value && portfolio.freshness != Freshness::missing) {
    return not_live("the portfolio", portfolio.freshness, portfolio.reason);
  }
  Response response = json_response(encode::json_line(portfolio));
  if (portfolio.freshness == Freshness::missing) response.result(http::status::not_found);
  return response;
}

Response Api::candles(const Target& target) {
  Reader& reader = hub_.reader();
  const std::string& symbol = target.path[2];
  const std::string& interval = target.path[3];
  const auto series =
      encode::read_series(reader, symbol, interval, limit_of(target), query_of(target));
  if (requires_live(target) && !series.list.live()) {
    return not_live("the newest candle", series.list.freshness, series.list.reason);
  }
  if (series.candles.empty() && !hub_.series_number(symbol, interval)) {
    return not_found("NO_SUCH_SERIES", no_such_series(series.symbol, interval));
  }
  const Clocks clocks = Clocks::now();
  std::string lines;
  for (const Candle& candle : series.candles) lines += encode::json_line(candle, series, clocks);
  return json_response(array_of(std::move(lines)));
}

Response Api::status() {
  Reader& reader = hub_.reader();
  return json_response(
      encode::status_json(reader.segment(), *encode::read_status(reader), Clocks::now()));
}

Response Api::ready() {
  const FeedStatus status = hub_.status();
  if (status.freshness == Freshness::live) return web::make_response(http::status::ok, "live\n");
  return web::make_response(http::status::service_unavailable,
                            encode::verdict(status.freshness, status.reason) + "\n");
}

Response Api::metrics() {
  const HubCounters& counters = hub_.counters();
  std::string text;
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help,
                       auto... samples) {
    text += fmt::format("# HELP tickcache_relay_{0} {1}\n# TYPE tickcache_relay_{0} {2}\n", name,
                        help, type);
    ((text += fmt::format("tickcache_relay_{}{} {}\n", name, samples.first, samples.second)), ...);
  };
  using Sample = std::pair<std::string_view, std::uint64_t>;
  add("up", "gauge", "1 while the relay runs.", Sample{"", 1});
  add("feed_live", "gauge", "1 if the feed is live.",
      Sample{"", hub_.status().freshness == Freshness::live ? 1 : 0});
  add("connections", "gauge", "Connections, those of clients among them.",
      Sample{"", connections_()});
  add("clients", "gauge", "Clients of /ws/v1 and /v1/stream.",
      Sample{"{kind=\"websocket\"}",
             hub_.client_count(Form::enveloped) + hub_.client_count(Form::flat)},
      Sample{"{kind=\"events\"}", hub_.client_count(Form::events)});
  add("conflating_clients", "gauge", "Clients that asked for conflate=1.",
      Sample{"", hub_.conflating_count()});
  add("records_total", "counter", "Records read from the feed.", Sample{"", counters.records});
  add("missed_total", "counter", "Records lost because the relay was too slow.",
      Sample{"", counters.missed});
  add("too_slow_total", "counter", "Clients dropped because they were too slow.",
      Sample{"", counters.too_slow});
  add("ended_total", "counter", "Clients closed because the feed was not live.",
      Sample{"", counters.ended});
  return web::make_response(http::status::ok, std::move(text), encode::kContentType);
}

std::string_view key_of(const web::Request& request, const Target& target) {
  const std::string_view key = web::header(request, "X-API-Key");
  return key.empty() ? target["api_key"] : key;
}

}  // namespace tickcache::relay
