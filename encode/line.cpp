#include "encode/line.hpp"

#include <rapidjson/reader.h>

#include <algorithm>

#include "encode/time.hpp"
#include "encode/untrusted.hpp"

namespace tickcache::encode {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

/// Writes what the parser sees.
struct Copier : Writer {
  using Writer::Writer;
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return RawValue(text, size, rapidjson::kNumberType);  // Writer would put it between quotes
  }
};

}  // namespace

void JsonLine::key(std::string_view name) {
  writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
}

void JsonLine::null(std::string_view name) {
  key(name);
  writer_.Null();
}

void JsonLine::text(std::string_view name, std::string_view value) {
  if (!known_) return null(name);
  key(name);
  const std::string valid = valid_utf8(value);
  writer_.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}

void JsonLine::text_or_null(std::string_view name, std::string_view value) {
  value.empty() ? null(name) : text(name, value);
}

void JsonLine::decimal(std::string_view name, const std::optional<Decimal>& value) {
  value ? text(name, value->str()) : null(name);
}

void JsonLine::boolean(std::string_view name, bool value) {
  if (!known_) return null(name);
  key(name);
  writer_.Bool(value);
}

void JsonLine::number(std::string_view name, std::uint64_t value) {
  if (!known_) return null(name);
  key(name);
  writer_.Uint64(value);
}

void JsonLine::milliseconds(std::string_view name, const std::optional<std::int64_t>& ns) {
  if (!ns || !known_) return null(name);
  key(name);
  writer_.Int64(std::max<std::int64_t>(*ns, 0) / 1'000'000);
}

void JsonLine::time(std::string_view name, std::int64_t unix_ns) {
  unix_ns == 0 ? null(name) : text(name, utc_time(unix_ns));
}

void JsonLine::object_or_null(std::string_view name, std::string_view object) {
  const auto compact = compact_json_object(object);
  if (!compact || !known_) return null(name);
  key(name);
  writer_.RawValue(compact->data(), compact->size(), rapidjson::kObjectType);
}

void JsonLine::begin_array(std::string_view name) {
  key(name);
  writer_.StartArray();
}

void JsonLine::begin_object(std::string_view name) {
  key(name);
  writer_.StartObject();
}

std::string JsonLine::finish() {
  writer_.EndObject();
  return with_safe_strings({buffer_.GetString(), buffer_.GetSize()}) + "\n";
}

std::optional<std::string> compact_json_object(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") != text.find('{')) return std::nullopt;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseValidateEncodingFlag;
  const std::string terminated(text);
  rapidjson::StringStream stream(terminated.c_str());
  rapidjson::StringBuffer buffer;
  Copier copier(buffer);
  rapidjson::Reader reader;
  // The parser stops at a NUL byte, so compare the length to check that it read everything.
  if (!reader.Parse<kFlags>(stream, copier) || stream.Tell() != text.size()) return std::nullopt;
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace tickcache::encode
