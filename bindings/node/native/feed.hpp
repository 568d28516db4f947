// Feed: a tickcache_feed as a JavaScript object, which delivers events in batches.
#pragma once

#include <napi.h>

#include <deque>
#include <vector>

#include "background.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::node {

class Feed : public Napi::ObjectWrap<Feed> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit Feed(const Napi::CallbackInfo& info);
  ~Feed() override { close(); }

 private:
  // onTicker(symbol, latest); these return false if a symbol or an interval is invalid
  Napi::Value on_ticker(const Napi::CallbackInfo& info);
  Napi::Value on_candles(const Napi::CallbackInfo& info);
  Napi::Value on_orders(const Napi::CallbackInfo& info);
  Napi::Value on_portfolio(const Napi::CallbackInfo& info);
  Napi::Value on_status(const Napi::CallbackInfo& info);
  // next(gaps, callback): calls back with [[kind, …], …], the next events
  Napi::Value next(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  void close() noexcept;
  Napi::Value asked(std::int64_t result);
  void work();
  void take();
  napi_value batch(Napi::Env env);

  tickcache_feed* feed_ = nullptr;
  // Of the thread while a request is pending.
  std::vector<tickcache_event> events_;
  std::deque<tickcache_candle> candles_;  // what events_ points to
  std::deque<tickcache_order> orders_;
  std::deque<tickcache_portfolio> portfolios_;
  bool gaps_ = false;
  bool flowing_ = false;
  Background background_;
};

}  // namespace tickcache::node
