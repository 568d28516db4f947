#include "reader.hpp"

#include <algorithm>
#include <vector>

#include "addon.hpp"
#include "values.hpp"

namespace tickcache::node {
namespace {

/// More than any segment keeps.
constexpr double kMostRecords = 100'000;

std::size_t bounded(const Napi::Value& count) {
  return static_cast<std::size_t>(
      std::clamp(count.As<Napi::Number>().DoubleValue(), 0.0, kMostRecords));
}

template <class Record, class Put>
Napi::Array rows(Napi::Env env, const std::vector<Record>& records, std::size_t count, Put put) {
  const std::int64_t now = tickcache_boot_clock();
  Row list(env);
  for (std::size_t i = 0; i < count; ++i) {
    Row row(env);
    put(row, records[i], now);
    list.value(row.array());
  }
  return list.array();
}

void put_list(Row& row, const tickcache_verdict& verdict, const Napi::Array& list) {
  put_verdict(row, verdict.freshness, verdict.reason);
  row.age_or_null(verdict.has_value != 0, verdict.age_ns);
  row.value(list);
}

}  // namespace

Napi::Function Reader::define(Napi::Env env) {
  return DefineClass(
      env, "Reader",
      {InstanceMethod<&Reader::slot>("slot"), InstanceMethod<&Reader::forget>("forget"),
       InstanceMethod<&Reader::ticker>("ticker"), InstanceMethod<&Reader::prices>("prices"),
       InstanceMethod<&Reader::orders>("orders"), InstanceMethod<&Reader::portfolio>("portfolio"),
       InstanceMethod<&Reader::candles>("candles"), InstanceMethod<&Reader::status>("status"),
       InstanceMethod<&Reader::channels>("channels"), InstanceMethod<&Reader::error>("error"),
       InstanceMethod<&Reader::wake_word>("wakeWord"), InstanceMethod<&Reader::wait>("wait"),
       InstanceMethod<&Reader::close>("close")});
}

Reader::Reader(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      slots_(info.Env().GetInstanceData<Addon>()->slots),
      background_(
          [this] {
            said_ = for_symbol_ ? tickcache_wait_symbol(reader_, seen_, &symbol_, timeout_ns_)
                                : tickcache_wait(reader_, seen_, topics_, timeout_ns_);
          },
          [this] {
            if (reader_ != nullptr) tickcache_stop(reader_);
          }) {
  const std::string segment = info[0].As<Napi::String>();
  char message[kMessageChars] = "";
  if (tickcache_open(segment.c_str(), &reader_, message, sizeof message) != TICKCACHE_OK) {
    throw no_segment(info.Env(), message);
  }
}

Reader::~Reader() { close(); }

void Reader::close() noexcept {
  background_.close();
  if (reader_ == nullptr) return;
  slots_->remove(reader_);
  tickcache_close(reader_);
  reader_ = nullptr;
}

tickcache_reader* Reader::reader() {
  if (reader_ == nullptr) throw Napi::Error::New(Env(), "the cache was closed");
  if (background_.busy()) throw Napi::Error::New(Env(), "it is waiting");
  return reader_;
}

Napi::Value Reader::slot(const Napi::CallbackInfo& info) {
  const std::string symbol = info[0].As<Napi::String>();
  const std::uint32_t number = slots_->add(reader(), symbol);
  return Napi::Number::New(info.Env(), number);
}

Napi::Value Reader::forget(const Napi::CallbackInfo& info) {
  slots_->remove(reader());
  return info.Env().Undefined();
}

Napi::Value Reader::ticker(const Napi::CallbackInfo& info) {
  const std::string symbol = info[0].As<Napi::String>();
  tickcache_ticker ticker;
  tickcache_verdict verdict;
  tickcache_handle handle = tickcache_symbol(symbol.c_str());
  const std::int64_t max_age_ns = std::min(nanoseconds(info[1]), TICKCACHE_EXACT_AGE);
  tickcache_get_handle(reader(), &handle, max_age_ns, &ticker, &verdict);
  Row row(info.Env());
  put_verdict(row, verdict.freshness, verdict.reason);
  if (verdict.has_value != 0) {
    Row fields(info.Env());
    put_ticker(fields, symbol.c_str(), ticker, ticker.received_ns + verdict.age_ns);
    row.value(fields.array());
  } else {
    row.null();
  }
  return row.array();
}

Napi::Value Reader::prices(const Napi::CallbackInfo& info) {
  const std::int64_t max_age_ns = nanoseconds(info[0]);
  std::vector<tickcache_symbol_ticker> all;
  std::size_t size = tickcache_snapshot(reader(), max_age_ns, nullptr, 0);
  while (size > all.size()) {
    all.resize(size + 16);
    size = tickcache_snapshot(reader(), max_age_ns, all.data(), all.size());
  }
  Row row(info.Env());
  for (std::size_t i = 0; i < size; ++i) {
    put_verdict(row, all[i].verdict.freshness, all[i].verdict.reason);
    row.chars(all[i].symbol);
    row.decimal_or_null(all[i].verdict.has_value != 0, all[i].ticker.price);
  }
  return row.array();
}

Napi::Value Reader::orders(const Napi::CallbackInfo& info) {
  std::vector<tickcache_order> records(bounded(info[0]));
  std::size_t count = 0;
  std::int64_t gap_since_ns = 0;
  tickcache_verdict verdict;
  tickcache_orders(reader(), nanoseconds(info[1]), records.data(), records.size(), &count,
                   &gap_since_ns, &verdict);
  Row row(info.Env());
  put_list(row, verdict, rows(info.Env(), records, count, put_order));
  row.time(gap_since_ns);
  return row.array();
}

Napi::Value Reader::portfolio(const Napi::CallbackInfo& info) {
  tickcache_portfolio snapshot;
  tickcache_verdict verdict;
  tickcache_portfolio_latest(reader(), nanoseconds(info[0]), &snapshot, &verdict);
  Row row(info.Env());
  put_verdict(row, verdict.freshness, verdict.reason);
  if (verdict.has_value != 0) {
    Row fields(info.Env());
    put_portfolio(fields, snapshot, tickcache_boot_clock());
    row.value(fields.array());
  } else {
    row.null();
  }
  return row.array();
}

Napi::Value Reader::candles(const Napi::CallbackInfo& info) {
  const std::string symbol = info[0].As<Napi::String>();
  const std::string interval = info[1].As<Napi::String>();
  std::vector<tickcache_candle> records(bounded(info[2]));
  std::size_t count = 0;
  tickcache_verdict verdict;
  tickcache_candles(reader(), symbol.c_str(), interval.c_str(), nanoseconds(info[3]),
                    records.data(), records.size(), &count, &verdict);
  Row row(info.Env());
  put_list(row, verdict, rows(info.Env(), records, count, put_candle));
  return row.array();
}

Napi::Value Reader::status(const Napi::CallbackInfo& info) {
  tickcache_feed_status status;
  tickcache_status(reader(), &status);
  Row row(info.Env());
  put_verdict(row, status.feed, status.reason);
  row.flag(status.instance != 0 ? 1 : 0);
  row.chars_or_null(status.upstream);
  row.chars_or_null(status.version);
  row.number(status.writer_pid);
  row.time(status.started_unix_ns);
  row.age(status.heartbeat_age_ns);
  row.flag(status.key_accepted);
  row.count(status.symbols);
  row.count(status.orders);
  row.count(status.portfolios);
  row.count(status.messages);
  row.count(status.ticks);
  row.count(status.rejected);
  row.age_or_null(status.verified_age_ns >= 0, status.verified_age_ns);
  row.age(status.verified_for_ns);
  row.age(status.lag_ns);
  row.count(status.hops);
  return row.array();
}

Napi::Value Reader::channels(const Napi::CallbackInfo& info) {
  std::vector<tickcache_channel_status> channels(256);  // a segment has room for 128
  const std::size_t there = tickcache_channels(reader(), channels.data(), channels.size());
  return rows(info.Env(), channels, std::min(there, channels.size()),
              [](Row& row, const tickcache_channel_status& channel, std::int64_t) {
                row.number(channel.kind);
                row.number(channel.state);
                row.chars(channel.symbol);
                row.chars(channel.interval);
                row.chars_or_null(channel.why);
                row.count(channel.count);
                row.age_or_null(channel.last_data_age_ns >= 0, channel.last_data_age_ns);
              });
}

Napi::Value Reader::error(const Napi::CallbackInfo& info) {
  char message[kMessageChars] = "";
  if (tickcache_error(reader(), message, sizeof message) == TICKCACHE_OK) return info.Env().Null();
  return Napi::String::New(info.Env(), message);
}

Napi::Value Reader::wake_word(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), tickcache_wake_word(reader()));
}

Napi::Value Reader::wait(const Napi::CallbackInfo& info) {
  reader();
  seen_ = info[0].As<Napi::Number>().Uint32Value();
  for_symbol_ = info[1].IsString();
  if (for_symbol_) symbol_ = tickcache_symbol(info[1].As<Napi::String>().Utf8Value().c_str());
  topics_ = info[2].As<Napi::Number>().Uint32Value();
  timeout_ns_ = nanoseconds(info[3]);
  background_.request(info.Env(), info[4].As<Napi::Function>(), [this](Napi::Env env) {
    return static_cast<napi_value>(Napi::Number::New(env, said_));
  });
  return info.Env().Undefined();
}

Napi::Value Reader::close(const Napi::CallbackInfo& info) {
  close();
  return info.Env().Undefined();
}

}  // namespace tickcache::node
