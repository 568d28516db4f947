// The JSON of the exchange's REST answers, for the files that read them.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <string_view>

#include "daemon/platform/timestamp.hpp"

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

/// Unix time; 0 if the object has no such member, or it is no time.
inline std::int64_t time_in(const JsonValue& object, const char* name) {
  return parse_timestamp(text_in(object, name)).value_or(0);
}

}  // namespace tickcache::daemon
