// Values of tickcache.h as JavaScript values. Records become arrays, which lib/records.js names.
#pragma once

#include <napi.h>

#include <cstdint>
#include <cstring>

#include "tickcache/tickcache.h"

namespace tickcache::node {

/// An array that is filled from its beginning.
class Row {
 public:
  explicit Row(Napi::Env env) : env_(env), array_(Napi::Array::New(env)) {}

  [[nodiscard]] Napi::Array array() const { return array_; }

  void value(napi_value value) { array_.Set(size_++, value); }
  void null() { value(env_.Null()); }
  void flag(int value) { this->value(Napi::Boolean::New(env_, value != 0)); }
  void number(double value) { this->value(Napi::Number::New(env_, value)); }
  void count(std::uint64_t value) { number(static_cast<double>(value)); }
  void text(const char* bytes) { value(Napi::String::New(env_, bytes)); }
  /// Milliseconds, never below zero.
  void age(std::int64_t ns) { number(ns <= 0 ? 0.0 : static_cast<double>(ns) / 1e6); }
  void age_or_null(bool there, std::int64_t ns) {
    if (there) return age(ns);
    null();
  }

  void decimal(tickcache_decimal decimal) {
    char out[TICKCACHE_DECIMAL_CHARS];
    const std::size_t size = tickcache_decimal_text(decimal, out);
    napi_value made = nullptr;
    napi_create_string_latin1(env_, out, size, &made);
    value(made);
  }
  void decimal_or_null(bool there, tickcache_decimal decimal) {
    if (there) return this->decimal(decimal);
    null();
  }

  /// `bytes` up to the first zero or to the end.
  template <std::size_t N>
  void chars(const char (&bytes)[N]) {
    value(Napi::String::New(env_, bytes, strnlen(bytes, N)));
  }
  template <std::size_t N>
  void chars_or_null(const char (&bytes)[N]) {
    if (bytes[0] != '\0') return chars(bytes);
    null();
  }

  /// Two numbers, for utc() of lib/records.js: milliseconds since 1970, and the nanoseconds of the
  /// next. null twice if not sent.
  void time(std::int64_t unix_ns) {
    if (unix_ns == 0) {
      null();
      return null();
    }
    constexpr std::int64_t kMillisecond = 1'000'000;
    std::int64_t rest = unix_ns % kMillisecond;
    if (rest < 0) rest += kMillisecond;
    number(static_cast<double>((unix_ns - rest) / kMillisecond));
    number(static_cast<double>(rest));
  }

 private:
  Napi::Env env_;
  Napi::Array array_;
  std::uint32_t size_ = 0;
};

/// What a caller gave in nanoseconds; Infinity is INT64_MAX, which means no limit everywhere.
inline std::int64_t nanoseconds(const Napi::Value& value) {
  const double given = value.As<Napi::Number>().DoubleValue();
  constexpr double kMost = 9223372036854775807.0;
  return given < kMost ? static_cast<std::int64_t>(given) : INT64_MAX;
}

void put_verdict(Row& row, int freshness, int reason);
/// What records.js calls a ticker, and with `missed` a tick.
void put_ticker(Row& row, const char* symbol, const tickcache_ticker& ticker, std::int64_t now_ns);
void put_order(Row& row, const tickcache_order& order, std::int64_t now_ns);
void put_candle(Row& row, const tickcache_candle& candle, std::int64_t now_ns);
void put_portfolio(Row& row, const tickcache_portfolio& portfolio, std::int64_t now_ns);

}  // namespace tickcache::node
