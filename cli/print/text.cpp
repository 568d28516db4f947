#include "cli/print/text.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "encode/untrusted.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

bool continues(char c) noexcept { return Utf8::is_trail(c); }

/// How a control character is written, or an empty text for any other character.
std::string escaped(std::uint32_t character) {
  if (character == '\n') return "\\n";
  if (character == '\r') return "\\r";
  if (character == '\t') return "\\t";
  if (character < 0x20 || character == 0x7F) return fmt::format("\\x{:02x}", character);
  // The C1 controls: some terminals obey them.
  if (character >= 0x80 && character < 0xA0) return fmt::format("\\u{:04x}", character);
  return {};
}

}  // namespace

std::string printable(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string result;
  for (auto at = valid.begin(); at != valid.end();) {
    const auto begin = at;
    const std::string escape = escaped(Utf8::decode_valid(at));
    escape.empty() ? result.append(begin, at) : result.append(escape);
  }
  return result;
}

std::string_view clip(std::string_view text, std::size_t columns) noexcept {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (!continues(text[end]) && columns-- == 0) break;
  }
  return text.substr(0, end);
}

}  // namespace tickcache::cli
