#include "encode/csv.hpp"

#include <rapidjson/reader.h>

#include <string_view>

#include "encode/untrusted.hpp"

namespace tickcache::encode {
namespace {

/// Takes what the parser sees.
struct Columns : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Columns> {
  explicit Columns(const std::string& json) {
    constexpr unsigned kFlags =
        rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
    rapidjson::StringStream stream(json.c_str());
    rapidjson::Reader().Parse<kFlags>(stream, *this);
  }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (!keys.empty()) {
      keys += ',';
      values += ',';
    }
    keys.append(text, size);
    return true;
  }
  bool Bool(bool value) {
    values += value ? "true" : "false";
    return true;
  }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    values.append(text, size);
    return true;
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string safe = printable({text, size});
    const bool quotes = safe.find_first_of(",\"") != std::string::npos;  // RFC 4180, 2
    if (quotes) values += '"';
    for (const char c : safe) values.append(c == '"' ? 2 : 1, c);
    if (quotes) values += '"';
    return true;
  }

  std::string keys;
  std::string values;
};

}  // namespace

std::string csv_header(const std::string& json) { return Columns(json).keys + "\n"; }

std::string csv_line(const std::string& json) { return Columns(json).values + "\n"; }

}  // namespace tickcache::encode
