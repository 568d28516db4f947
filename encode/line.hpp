// Builds a JSON object on one line. The output is valid JSON for any input text.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tickcache/decimal.hpp"

namespace tickcache::encode {

/// A missing value is written as null, so that objects always have all their keys.
class JsonLine {
 public:
  JsonLine() { writer_.StartObject(); }

  /// While it is false, every value is written as null.
  void known(bool known) noexcept { known_ = known; }

  void null(std::string_view key);
  void text(std::string_view key, std::string_view value);
  /// Null if `value` is empty.
  void text_or_null(std::string_view key, std::string_view value);
  void decimal(std::string_view key, const std::optional<Decimal>& value);
  void boolean(std::string_view key, bool value);
  void number(std::string_view key, std::uint64_t value);
  /// `ns` in whole milliseconds, rounded down, at least 0; null without a value.
  void milliseconds(std::string_view key, const std::optional<std::int64_t>& ns);
  /// ISO 8601 in UTC; null if `unix_ns` is 0.
  void time(std::string_view key, std::int64_t unix_ns);
  /// A JSON object, put on one line; null if `object` is not a JSON object.
  void object_or_null(std::string_view key, std::string_view object);

  void begin_array(std::string_view key);
  void end_array() { writer_.EndArray(); }
  void begin_object(std::string_view key);
  void begin_object() { writer_.StartObject(); }  ///< an element of an array
  void end_object() { writer_.EndObject(); }

  /// Completes and returns the line, with the line end. Call it once, last.
  [[nodiscard]] std::string finish();

 private:
  void key(std::string_view name);

  bool known_ = true;
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

/// `text` without white space between its tokens, numbers unchanged. Nothing if it is not a JSON
/// object, or has a number over 10^308.
[[nodiscard]] std::optional<std::string> compact_json_object(std::string_view text);

}  // namespace tickcache::encode
