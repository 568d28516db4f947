#include "encode/untrusted.hpp"

#include <fmt/format.h>

namespace tickcache::encode {
namespace {

/// How an unsafe character is written in plain text.
std::string escape(std::uint32_t character) {
  if (character == '\n') return "\\n";
  if (character == '\r') return "\\r";
  if (character == '\t') return "\\t";
  if (character < 0x80) return fmt::format("\\x{:02x}", character);
  if (character > 0xFFFF) return fmt::format("\\U{:08x}", character);
  return fmt::format("\\u{:04x}", character);
}

/// In JSON, where one above U+FFFF is two.
std::string json_escape(std::uint32_t character) {
  if (character <= 0xFFFF) return fmt::format("\\u{:04x}", character);
  const std::uint32_t rest = character - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FF));
}

/// `valid` is valid UTF-8.
template <class Escape>
std::string escaped(std::string_view valid, Escape escape) {
  std::string result;
  result.reserve(valid.size());
  for (const char* at = valid.data(); at != valid.data() + valid.size();) {
    const char* const begin = at;
    const std::uint32_t character = Utf8::decode_valid(at);
    is_unsafe(character) ? result += escape(character) : result.append(begin, at);
  }
  return result;
}

}  // namespace

std::string printable(std::string_view text) { return escaped(valid_utf8(text), escape); }

std::string with_safe_strings(std::string_view json) { return escaped(json, json_escape); }

}  // namespace tickcache::encode
