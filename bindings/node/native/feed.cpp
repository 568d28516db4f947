#include "feed.hpp"

#include <cstdint>
#include <string>

#include "addon.hpp"
#include "values.hpp"

namespace tickcache::node {
namespace {

/// Events in a batch: the event loop takes its turn between two.
constexpr std::size_t kBatch = 256;
/// While events keep arriving, they are collected for so long: cheaper than waking the event loop
/// for each.
constexpr std::chrono::milliseconds kPace{1};

void put_event(Row& row, const tickcache_event& event, std::int64_t now) {
  row.number(event.kind);
  switch (event.kind) {
    case TICKCACHE_EVENT_TICK:
      put_ticker(row, event.symbol, event.ticker, now);
      row.flag(event.ticker.overtaken);
      break;
    case TICKCACHE_EVENT_CANDLE:
      row.chars(event.symbol);
      row.chars(event.interval);
      put_candle(row, *event.candle, now);
      break;
    case TICKCACHE_EVENT_ORDER:
      put_order(row, *event.order, now);
      break;
    case TICKCACHE_EVENT_PORTFOLIO:
      put_portfolio(row, *event.portfolio, now);
      break;
    case TICKCACHE_EVENT_STATUS:
      put_verdict(row, event.status, event.reason);
      break;
    default:
      row.number(event.channel);
      row.number(event.cause);
      row.chars_or_null(event.symbol);
      row.chars_or_null(event.interval);
  }
  row.count(event.missed);
}

/// Copies what an event points to, which the feed keeps only until its next call.
template <class Record>
void keep(std::deque<Record>& kept, const Record*& record) {
  if (record != nullptr) record = &kept.emplace_back(*record);
}

}  // namespace

Napi::Function Feed::define(Napi::Env env) {
  return DefineClass(
      env, "Feed",
      {InstanceMethod<&Feed::on_ticker>("onTicker"), InstanceMethod<&Feed::on_candles>("onCandles"),
       InstanceMethod<&Feed::on_orders>("onOrders"),
       InstanceMethod<&Feed::on_portfolio>("onPortfolio"),
       InstanceMethod<&Feed::on_status>("onStatus"), InstanceMethod<&Feed::next>("next"),
       InstanceMethod<&Feed::close>("close")});
}

Feed::Feed(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      background_([this] { work(); },
                  [this] {
                    if (feed_ != nullptr) tickcache_feed_stop(feed_);
                  }) {
  const std::string segment = info[0].As<Napi::String>();
  char message[kMessageChars] = "";
  if (tickcache_feed_open(segment.c_str(), &feed_, message, sizeof message) != TICKCACHE_OK) {
    throw no_segment(info.Env(), message);
  }
  events_.reserve(kBatch);
}

void Feed::close() noexcept {
  background_.close();
  tickcache_feed_close(feed_);
  feed_ = nullptr;
}

Napi::Value Feed::asked(std::int64_t result) { return Napi::Boolean::New(Env(), result > 0); }

Napi::Value Feed::on_ticker(const Napi::CallbackInfo& info) {
  const std::string symbol = info[0].As<Napi::String>();
  const int delivery = info[1].ToBoolean() ? TICKCACHE_LATEST : TICKCACHE_EVERY;
  return asked(tickcache_feed_on_ticker(feed_, symbol.c_str(), delivery, nullptr, nullptr));
}

Napi::Value Feed::on_candles(const Napi::CallbackInfo& info) {
  const std::string symbol = info[0].As<Napi::String>();
  const std::string interval = info[1].As<Napi::String>();
  return asked(
      tickcache_feed_on_candles(feed_, symbol.c_str(), interval.c_str(), nullptr, nullptr));
}

Napi::Value Feed::on_orders(const Napi::CallbackInfo&) {
  return asked(tickcache_feed_on_order_update(feed_, nullptr, nullptr));
}

Napi::Value Feed::on_portfolio(const Napi::CallbackInfo&) {
  return asked(tickcache_feed_on_portfolio(feed_, nullptr, nullptr));
}

Napi::Value Feed::on_status(const Napi::CallbackInfo&) {
  return asked(tickcache_feed_on_status(feed_, nullptr, nullptr));
}

void Feed::take() {
  tickcache_event event;
  while (events_.size() < kBatch && tickcache_feed_next(feed_, &event) != 0) {
    if (event.kind == TICKCACHE_EVENT_GAP && !gaps_) continue;
    keep(candles_, event.candle);
    keep(orders_, event.order);
    keep(portfolios_, event.portfolio);
    events_.push_back(event);
  }
}

void Feed::work() {
  if (flowing_) background_.pause(kPace);
  take();
  // After a pause of the feed, the next event is delivered at once.
  flowing_ = !events_.empty();
  while (events_.empty()) {
    if (tickcache_feed_wait(feed_, INT64_MAX) == TICKCACHE_STOPPED) return;
    take();
  }
}

napi_value Feed::batch(Napi::Env env) {
  const std::int64_t now = tickcache_boot_clock();
  Row list(env);
  for (const tickcache_event& event : events_) {
    Row row(env);
    put_event(row, event, now);
    list.value(row.array());
  }
  events_.clear();
  candles_.clear();
  orders_.clear();
  portfolios_.clear();
  return list.array();
}

Napi::Value Feed::next(const Napi::CallbackInfo& info) {
  if (!background_.busy()) gaps_ = info[0].ToBoolean();
  background_.request(info.Env(), info[1].As<Napi::Function>(),
                      [this](Napi::Env env) { return batch(env); });
  return info.Env().Undefined();
}

Napi::Value Feed::close(const Napi::CallbackInfo& info) {
  close();
  return info.Env().Undefined();
}

}  // namespace tickcache::node
