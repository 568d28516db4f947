#include "encode/records.hpp"

#include <optional>

#include "encode/line.hpp"

namespace tickcache::encode {
namespace {

std::string_view name_of(GapCause cause) noexcept {
  switch (cause) {
    case GapCause::lapped:
      return "lapped";
    case GapCause::reconnected:
      return "reconnected";
    case GapCause::not_stored:
      return "not_stored";
    case GapCause::restarted:
      return "restarted";
  }
  return "unknown";
}

/// The name of a channel in "event" and "channel".
std::string_view name_of(ChannelKind kind) noexcept {
  switch (kind) {
    case ChannelKind::all_tickers:
    case ChannelKind::ticker:
      return "ticker";
    case ChannelKind::candles:
      return "candle";
    case ChannelKind::orders:
      return "order";
    case ChannelKind::portfolio:
      return "portfolio";
  }
  return "unknown";
}

/// Whether the value can be trusted, and why not: null if it is live.
void add_trust(JsonLine& json, Freshness freshness, Reason reason) {
  json.text("freshness", to_string(freshness));
  json.text_or_null("reason", reason == Reason::none ? "" : to_string(reason));
}

void add_received(JsonLine& json, std::int64_t received_ns, const Clocks& clocks) {
  json.time("received_at", clocks.to_unix(received_ns));
  json.milliseconds("age_ms", clocks.age(received_ns));
}

void add_origin(JsonLine& json, std::uint8_t origin) {
  const auto source = static_cast<Source>(origin);
  json.text_or_null("origin", source == Source::unknown ? "" : to_string(source));
}

void add_candle(JsonLine& json, std::string_view symbol, std::string_view interval,
                const Candle& candle) {
  json.text("symbol", symbol);
  json.text("interval", interval);
  json.time("open_time", candle.open_time_ns);
  json.decimal("open", candle.open);
  json.decimal("high", candle.high);
  json.decimal("low", candle.low);
  json.decimal("close", candle.close);
  json.text_or_null("volume", candle.volume.view());
  add_origin(json, candle.origin);
  json.boolean("complete", candle.is_complete());
}

/// The keys up to "age_ms".
void add_order(JsonLine& json, const Order& order, std::uint64_t position, const Clocks& clocks) {
  json.number("position", position);
  json.text_or_null("order_id", order.id.view());
  json.text_or_null("status", order.status.view());
  json.text_or_null("symbol", order.symbol.view());
  json.text_or_null("side", order.side.view());
  json.text_or_null("type", order.type.view());
  json.decimal("quantity", order.quantity());
  json.decimal("price", order.price());
  json.decimal("executed_price", order.executed_price());
  json.decimal("executed_quantity", order.executed_quantity());
  json.decimal("fee", order.fee());
  json.time("filled_at", order.filled_at_ns);
  json.time("cancelled_at", order.cancelled_at_ns);
  json.text_or_null("rejected_reason", order.rejected_reason.view());
  add_received(json, order.received_ns, clocks);
}

/// The keys after those and the freshness.
void add_order_data(JsonLine& json, const Order& order) {
  add_origin(json, order.origin);
  const bool cut = (order.flags & Order::kDataCut) != 0;
  json.boolean("text_cut", (order.flags & Order::kTextCut) != 0);
  json.boolean("data_cut", cut);
  cut ? json.null("data") : json.object_or_null("data", order.data.view());
}

void add_tick(JsonLine& json, const Tick& tick, const Clocks& clocks) {
  const Ticker& ticker = tick.ticker;
  json.text("event", name_of(ChannelKind::ticker));
  json.text("symbol", tick.symbol.view());
  json.decimal("price", ticker.price());
  json.decimal("quantity", ticker.quantity());
  const auto maker = ticker.buyer_is_maker();
  maker ? json.boolean("buyer_is_maker", *maker) : json.null("buyer_is_maker");
  json.time("timestamp", ticker.exchange_time_ns);
  add_received(json, ticker.received_ns, clocks);
  json.number("updates", ticker.updates);
  json.boolean("snapshot", ticker.is_snapshot());
  json.number("lag_ms", ticker.lag_ms);
  json.boolean("overtaken", ticker.is_overtaken());
  json.number("missed", tick.missed);
}

void add_portfolio(JsonLine& json, const Portfolio& portfolio) {
  json.text_or_null("total_equity", portfolio.total_equity.view());
  json.text_or_null("available_cash", portfolio.available_cash.view());
  json.text_or_null("unrealized_pnl", portfolio.unrealized_pnl.view());
  json.text_or_null("realized_pnl", portfolio.realized_pnl.view());
  json.text_or_null("roi_pct", portfolio.roi_pct.view());
  json.time("timestamp", portfolio.exchange_time_ns);
  add_origin(json, portfolio.origin);
}

}  // namespace

std::string json_line(std::string_view symbol, const Result<Ticker>& result, std::uint64_t missed) {
  const Ticker& ticker = result.value;
  JsonLine json;
  json.text("symbol", symbol);
  json.known(result.has_value);
  json.decimal("price", ticker.price());
  json.decimal("quantity", ticker.quantity());
  json.time("timestamp", ticker.exchange_time_ns);
  json.milliseconds("age_ms", result.age_ns);
  json.known(true);
  add_trust(json, result.freshness, result.reason);
  json.known(result.has_value);
  json.number("updates", ticker.updates);
  json.boolean("snapshot", ticker.is_snapshot());
  json.number("lag_ms", ticker.lag_ms);
  if (missed > 0) json.number("missed", missed);
  return json.finish();
}

std::string json_line(const Candle& candle, const CandleSeries& series, const Clocks& clocks) {
  JsonLine json;
  add_candle(json, series.symbol, series.interval, candle);
  json.boolean("closed", candle.closed != 0);
  json.milliseconds("age_ms", clocks.age(candle.received_ns));
  add_trust(json, series.list.freshness, series.list.reason);
  return json.finish();
}

std::string json_line(const Order& order, std::uint64_t position, const ListResult& list,
                      const Clocks& clocks) {
  JsonLine json;
  add_order(json, order, position, clocks);
  add_trust(json, list.freshness, list.reason);
  json.time("gap_since", order.gap_since_ns);
  add_order_data(json, order);
  return json.finish();
}

std::string json_gap_line(std::int64_t since_unix_ns, const ListResult& list) {
  JsonLine json;
  json.known(false);
  add_order(json, {}, 0, {});
  json.known(true);
  add_trust(json, list.freshness, list.reason);
  json.time("gap_since", since_unix_ns);
  json.known(false);
  add_order_data(json, {});
  return json.finish();
}

std::string json_line(const Result<Portfolio>& result) {
  JsonLine json;
  add_portfolio(json, result.value);  // all empty without a value
  json.milliseconds("age_ms", result.has_value ? std::optional(result.age_ns) : std::nullopt);
  add_trust(json, result.freshness, result.reason);
  return json.finish();
}

std::string json_line(const Tick& tick, const Clocks& clocks) {
  JsonLine json;
  add_tick(json, tick, clocks);
  return json.finish();
}

std::string json_line(const Tick& tick, const Clocks& clocks, const FeedStatus& trust) {
  JsonLine json;
  add_tick(json, tick, clocks);
  add_trust(json, trust.freshness, trust.reason);
  return json.finish();
}

std::string json_line(const OrderUpdate& update, const Clocks& clocks) {
  JsonLine json;
  json.text("event", name_of(ChannelKind::orders));
  add_order(json, update.order, update.position, clocks);
  json.time("gap_since", update.order.gap_since_ns);
  add_order_data(json, update.order);
  json.number("missed", update.missed);
  return json.finish();
}

std::string json_line(const ClosedCandle& closed, const Clocks& clocks) {
  JsonLine json;
  json.text("event", name_of(ChannelKind::candles));
  add_candle(json, closed.symbol.view(), closed.interval.view(), closed.candle);
  add_received(json, closed.candle.received_ns, clocks);
  json.number("missed", closed.missed);
  return json.finish();
}

std::string json_line(const PortfolioUpdate& update, const Clocks& clocks) {
  const Portfolio& portfolio = update.portfolio;
  JsonLine json;
  json.text("event", name_of(ChannelKind::portfolio));
  json.number("position", update.position);
  add_portfolio(json, portfolio);
  add_received(json, portfolio.received_ns, clocks);
  json.number("missed", update.missed);
  return json.finish();
}

std::string json_line(const FeedStatus& status, std::string_view key) {
  JsonLine json;
  json.text(key, "status");
  add_trust(json, status.freshness, status.reason);
  return json.finish();
}

std::string json_line(const FeedGap& gap, std::string_view key) {
  JsonLine json;
  json.text(key, "gap");
  json.text("channel", name_of(gap.channel));
  json.text("cause", name_of(gap.cause));
  json.text_or_null("symbol", gap.symbol.view());
  json.text_or_null("interval", gap.interval.view());
  json.time("since", gap.since_unix_ns / 1'000'000 * 1'000'000);
  // 0: the number is unknown.
  gap.missed > 0 ? json.number("missed", gap.missed) : json.null("missed");
  return json.finish();
}

}  // namespace tickcache::encode
