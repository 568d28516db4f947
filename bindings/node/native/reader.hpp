// Reader: a tickcache_reader as a JavaScript object, for lookups and waits.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <string>

#include "background.hpp"
#include "slots.hpp"
#include "tickcache/tickcache.h"

namespace tickcache::node {

/// While wait() is pending, only close() may be called; all others throw.
class Reader : public Napi::ObjectWrap<Reader> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit Reader(const Napi::CallbackInfo& info);
  ~Reader() override;

 private:
  // slot(symbol) -> its number, for Slots
  Napi::Value slot(const Napi::CallbackInfo& info);
  // forget(): frees all slots
  Napi::Value forget(const Napi::CallbackInfo& info);
  // ticker(symbol, max_age_ns) -> [freshness, reason, ticker or null]
  Napi::Value ticker(const Napi::CallbackInfo& info);
  // prices(max_age_ns) -> [freshness, reason, symbol, price or null, …], four for each symbol
  Napi::Value prices(const Napi::CallbackInfo& info);
  // orders(n, max_age_ns) -> [freshness, reason, age, [order, …], gap since]
  Napi::Value orders(const Napi::CallbackInfo& info);
  // portfolio(max_age_ns) -> [freshness, reason, portfolio or null]
  Napi::Value portfolio(const Napi::CallbackInfo& info);
  // candles(symbol, interval, n, max_age_ns) -> [freshness, reason, age, [candle, …]]
  Napi::Value candles(const Napi::CallbackInfo& info);
  Napi::Value status(const Napi::CallbackInfo& info);
  Napi::Value channels(const Napi::CallbackInfo& info);
  // error() -> why there is no segment, or null
  Napi::Value error(const Napi::CallbackInfo& info);
  Napi::Value wake_word(const Napi::CallbackInfo& info);
  // wait(seen, symbol or null, topics, timeout_ns, callback): calls back with TICKCACHE_CHANGED, …
  Napi::Value wait(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  /// The reader. Throws while it waits, and after close().
  tickcache_reader* reader();
  void close() noexcept;

  std::shared_ptr<Slots> slots_;
  tickcache_reader* reader_ = nullptr;
  // What the thread waits for, and how that ended.
  std::uint32_t seen_ = 0;
  bool for_symbol_ = false;
  tickcache_handle symbol_{};
  unsigned topics_ = 0;
  std::int64_t timeout_ns_ = 0;
  int said_ = 0;
  Background background_;
};

}  // namespace tickcache::node
