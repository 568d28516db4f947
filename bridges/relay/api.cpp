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

/// Sets `value` if the query has the option.
template <class Value>
void parse(const Target& target, const options::Option& option, Value& value) {
  if (!target.has(option.name)) return;
  const std::string problem = options::parse_value(option, target[option.name], value);
  if (!problem.empty()) throw BadRequest(fmt::format("{}: {}", option.name, problem));
}

/// ?max_age=SECONDS
Query query_of(const Target& target) {
  Query query{.max_age = Query::kExactAge};
  parse(target, {.name = "max_age", .range = {0, options::Range{}.most}}, query.max_age);
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
  constexpr std::size_t kMost = 1000;
  std::size_t limit = kMost;
  parse(target, {.name = "limit", .range = {1, kMost}}, limit);
  return limit;
}

/// In place of a value that is not live.
Response not_live(std::string_view what, const auto& value) {
  auto response =
      error_response(http::status::service_unavailable, "NOT_LIVE",
                     fmt::format("{} is {}", what, encode::verdict(value.freshness, value.reason)));
  response.set("X-Freshness", to_string(value.freshness));
  response.set("X-Reason", to_string(value.reason));
  return response;
}

/// The only value of its kind, as `json`. Without one: whether there is none, or nothing is known.
template <class Record>
Response value_response(const Target& target, std::string_view what, const Result<Record>& value,
                        std::string json) {
  const bool is_known = value.has_value || value.freshness == Freshness::missing;
  if (requires_live(target) ? !value.live() : !is_known) return not_live(what, value);
  Response response = json_response(std::move(json));
  if (value.freshness == Freshness::missing) response.result(http::status::not_found);
  return response;
}

Response not_found(std::string_view code, std::string_view message) {
  return error_response(http::status::not_found, code, message);
}

Response own_key_required() {
  return error_response(http::status::forbidden, "OWN_KEY_REQUIRED", kOwnKeyRequired);
}

Response price(Hub& hub, const Target& target) {
  const auto row = encode::read_symbols(hub.reader(), {target.path[2]}, query_of(target)).front();
  return value_response(target, encode::printable(row.symbol), row.ticker,
                        encode::json_line(row.symbol, row.ticker));
}

Response prices(Hub& hub, const Target& target) {
  const Query query = query_of(target);
  const auto rows = target.has("symbols")
                        ? encode::read_symbols(hub.reader(), items_of(target["symbols"]), query)
                        : encode::read_all(hub.reader(), query);
  const bool must_live = requires_live(target);
  std::string lines;
  for (const encode::TickerRow& row : rows) {
    if (must_live && !row.ticker.live()) {
      return not_live(encode::printable(row.symbol), row.ticker);
    }
    lines += encode::json_line(row.symbol, row.ticker);
  }
  // A segment without symbols is not all live.
  if (must_live && rows.empty()) return not_live("the feed", hub.status());
  return json_response(array_of(std::move(lines)));
}

Response orders(Hub& hub, const Target& target) {
  std::vector<Order> orders(limit_of(target));
  const ListResult list = hub.reader().orders(orders, query_of(target));
  if (requires_live(target) && !list.live()) return not_live("the newest order update", list);
  const Clocks clocks = Clocks::now();
  std::string lines;
  for (std::size_t i = 0; i < list.count; ++i) {
    lines += encode::json_line(orders[i], list.first_position + i, list, clocks);
  }
  if (list.gap_since_ns != 0) lines += encode::json_gap_line(list.gap_since_ns, list);
  return json_response(array_of(std::move(lines)));
}

Response portfolio(Hub& hub, const Target& target) {
  const Result<Portfolio> portfolio = hub.reader().portfolio(query_of(target));
  return value_response(target, "the portfolio", portfolio, encode::json_line(portfolio));
}

Response candles(Hub& hub, const Target& target) {
  const std::string& symbol = target.path[2];
  const std::string& interval = target.path[3];
  const auto series =
      encode::read_series(hub.reader(), symbol, interval, limit_of(target), query_of(target));
  if (requires_live(target) && !series.list.live()) {
    return not_live("the newest candle", series.list);
  }
  if (series.candles.empty() && !hub.series_number(symbol, interval)) {
    return not_found("NO_SUCH_SERIES", no_such_series(series.symbol, interval));
  }
  const Clocks clocks = Clocks::now();
  std::string lines;
  for (const Candle& candle : series.candles) lines += encode::json_line(candle, series, clocks);
  return json_response(array_of(std::move(lines)));
}

Response status(Hub& hub) {
  Reader& reader = hub.reader();
  return json_response(
      encode::status_json(reader.segment(), *encode::read_status(reader), Clocks::now()));
}

Response ready(Hub& hub) {
  const FeedStatus status = hub.status();
  if (status.freshness == Freshness::live) return web::make_response(http::status::ok, "live\n");
  return web::make_response(http::status::service_unavailable,
                            encode::verdict(status.freshness, status.reason) + "\n");
}

Response metrics(Hub& hub, const web::Server& server) {
  const HubCounters& counters = hub.counters();
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
      Sample{"", hub.status().freshness == Freshness::live ? 1 : 0});
  add("connections", "gauge", "Connections, those of clients among them.",
      Sample{"", server.connections()});
  const auto streams = [](const Manners& manners) { return manners.form == Form::events; };
  const auto speaks = [](const Manners& manners) { return manners.form != Form::events; };
  const auto conflates = [](const Manners& manners) { return manners.conflates; };
  add("clients", "gauge", "Clients of /ws/v1 and /v1/stream.",
      Sample{"{kind=\"websocket\"}", hub.client_count(speaks)},
      Sample{"{kind=\"events\"}", hub.client_count(streams)});
  add("conflating_clients", "gauge", "Clients that asked for conflate=1.",
      Sample{"", hub.client_count(conflates)});
  add("records_total", "counter", "Records read from the feed.", Sample{"", counters.records});
  add("missed_total", "counter", "Records lost because the relay was too slow.",
      Sample{"", counters.missed});
  add("too_slow_total", "counter", "Clients dropped because they were too slow.",
      Sample{"", counters.too_slow});
  add("ended_total", "counter", "Clients closed because the feed was not live.",
      Sample{"", counters.ended});
  return web::make_response(http::status::ok, std::move(text), encode::kContentType);
}

Response answer_v1(Hub& hub, const web::Request& request, const Target& target) {
  const std::size_t size = target.path.size();
  const std::string_view what = size > 1 ? std::string_view(target.path[1]) : std::string_view();
  if (what == "price" && size == 3) return price(hub, target);
  if (what == "prices" && size == 2) return prices(hub, target);
  if (what == "candles" && size == 4) return candles(hub, target);
  if (what == "status" && size == 2) return status(hub);
  const bool is_private = (what == "orders" || what == "portfolio") && size == 2;
  if (!is_private) {
    return not_found(
        "NOT_FOUND",
        "no such path; there are /v1/price/SYMBOL, /v1/prices, "
        "/v1/candles/SYMBOL/INTERVAL, /v1/orders, /v1/portfolio, /v1/status and /v1/stream");
  }
  if (!hub.is_own_key(key_of(request, target))) return own_key_required();
  Response response = what == "orders" ? orders(hub, target) : portfolio(hub, target);
  // The daemon may have been restarted with another key, and the reader have noticed.
  if (!hub.is_own_key(key_of(request, target))) return own_key_required();
  return response;
}

}  // namespace

Response api_response(Hub& hub, const web::Server& server, const web::Request& request,
                      const Target& target) {
  try {
    if (target.path.empty()) return page_response();
    const std::string& first = target.path[0];
    if (first == "v1") return answer_v1(hub, request, target);
    if (target.path.size() == 1) {
      if (first == "healthz") return web::make_response(http::status::ok, "ok\n");
      if (first == "readyz") return ready(hub);
      if (first == "metrics") return metrics(hub, server);
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

std::string_view key_of(const web::Request& request, const Target& target) {
  const std::string_view key = web::header(request, "X-API-Key");
  return key.empty() ? target["api_key"] : key;
}

}  // namespace tickcache::relay
