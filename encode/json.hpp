// One JSON object on one line, valid whatever the texts in it are.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tickcache/decimal.hpp"

namespace tickcache::encode {

/// A key without a value gets null: the keys of an object are always all there.
class JsonLine {
 public:
  JsonLine() { writer_.StartObject(); }

  void null(std::string_view key);
  void text(std::string_view key, std::string_view value);
  /// Null if `value` is empty.
  void text_or_null(std::string_view key, std::string_view value);
  void decimal(std::string_view key, const std::optional<Decimal>& value);
  void boolean(std::string_view key, bool value);
  void number(std::string_view key, std::uint64_t value);
  /// Whole milliseconds of `ns`, rounded down, never below zero; null without a value.
  void milliseconds(std::string_view key, const std::optional<std::int64_t>& ns);
  /// ISO 8601 in UTC; null if `unix_ns` is 0.
  void time(std::string_view key, std::int64_t unix_ns);
  /// A JSON object as it is, but on one line; null if `object` is none.
  void object_or_null(std::string_view key, std::string_view object);

  void begin_array(std::string_view key);
  void end_array() { writer_.EndArray(); }
  void begin_object(std::string_view key);
  void begin_object() { writer_.StartObject(); }  ///< an element of an array
  void end_object() { writer_.EndObject(); }

  /// The line, with its end. Call it once, last.
  [[nodiscard]] std::string finish();

 private:
  void key(std::string_view name);
  void string(std::string_view value);

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

/// `text` without blanks and line ends between its tokens, numbers to the letter; nothing if it is
/// not one JSON object, or has a number over 10^308.
[[nodiscard]] std::optional<std::string> compact_json_object(std::string_view text);

}  // namespace tickcache::encode
