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
  while (!valid.empty()) {
    const std::size_t plain = plain_size(valid);
    result += valid.substr(0, plain);
    valid.remove_prefix(plain);
    if (valid.empty()) break;
    const char* at = valid.data();
    const std::uint32_t character = Utf8::decode_valid(at);
    const auto size = static_cast<std::size_t>(at - valid.data());
    is_unsafe(character) ? result += escape(character) : result += valid.substr(0, size);
    valid.remove_prefix(size);
  }
  return result;
}

}  // namespace

std::string printable(std::string_view text) { return escaped(valid_utf8(text), escape); }

std::string with_safe_strings(std::string_view json) { return escaped(json, json_escape); }

}  // namespace tickcache::encode
