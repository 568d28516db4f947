// What is in the program's JSON lines.
#pragma once

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <string>
#include <string_view>
#include <vector>

namespace tickcache::test {

/// The lines of `text`, each of which must end.
inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    REQUIRE(end != std::string_view::npos);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

inline rapidjson::Document parsed(std::string_view line) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
  INFO("JSON: ", std::string(line));
  REQUIRE_FALSE(document.HasParseError());
  REQUIRE(document.IsObject());
  return document;
}

/// "a b c", in the order of the object.
inline std::string keys_of(const rapidjson::Value& object) {
  std::string keys;
  for (const auto& member : object.GetObject())
    keys.append(keys.empty() ? "" : " ").append(member.name.GetString());
  return keys;
}

/// The member as text; "null" if it is null.
inline std::string text_of(const rapidjson::Value& object, const char* key) {
  REQUIRE(object.HasMember(key));
  const rapidjson::Value& value = object[key];
  if (value.IsNull()) return "null";
  REQUIRE(value.IsString());
  return {value.GetString(), value.GetStringLength()};
}

}  // namespace tickcache::test
