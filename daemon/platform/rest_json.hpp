// The JSON of the exchange's REST answers and of feeds in Redis, for the files that read them.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "daemon/platform/timestamp.hpp"
#include "options/text.hpp"
#include "tickcache/candle.hpp"

namespace tickcache::daemon {

using Json = rapidjson::Document;
using JsonValue = rapidjson::Value;

/// False if `body` is no JSON object. Numbers become texts: as Decimal and AmountText take them.
inline bool parse_object(std::string_view body, Json& json) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  json.Parse<kFlags>(body.data(), body.size());
  return !json.HasParseError() && json.IsObject();
}

/// Empty if it is no text.
inline std::string_view text_of(const JsonValue& value) {
  if (!value.IsString()) return {};
  return {value.GetString(), value.GetStringLength()};
}

/// Null if the object has no such member.
inline const JsonValue* find_in(const JsonValue& object, const char* name) {
  const auto at = object.FindMember(name);
  return at == object.MemberEnd() ? nullptr : &at->value;
}

/// Empty if the object has no such member, or it is no text.
inline std::string_view text_in(const JsonValue& object, const char* name) {
  const JsonValue* const value = find_in(object, name);
  return value == nullptr ? std::string_view() : text_of(*value);
}

inline bool is_true(const JsonValue& object, const char* name) {
  const JsonValue* const value = find_in(object, name);
  return value != nullptr && value->IsTrue();
}

/// A number without sign, point and exponent.
inline std::optional<std::uint64_t> parse_count(std::string_view text) {
  return options::number<std::uint64_t>(text);
}

/// Sets the prices of a candle. False if one is absent, or not above 0.
inline bool read_prices(const JsonValue& object, Candle& candle) {
  const auto read = [&](const char* name, Decimal& price) {
    const auto value = Decimal::parse(text_in(object, name));
    if (value) price = *value;
    return value && value->mantissa > 0;
  };
  return read("open", candle.open) && read("high", candle.high) && read("low", candle.low) &&
         read("close", candle.close);
}

/// Unix time; 0 if the object has no such member, or it is no time.
inline std::int64_t time_in(const JsonValue& object, const char* name) {
  return parse_timestamp(text_in(object, name)).value_or(0);
}

}  // namespace tickcache::daemon
