#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "text/untrusted.hpp"

namespace tickcache::cli {
namespace {

bool continues(char c) noexcept { return Utf8::is_trail(c); }

template <class Change>
std::string map_ascii(std::string_view text, Change change) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), change);
  return result;
}

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

std::size_t display_width(std::string_view text) noexcept {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string_view clip(std::string_view text, std::size_t columns) noexcept {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (!continues(text[end]) && columns-- == 0) break;
  }
  return text.substr(0, end);
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  std::string result;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    const std::size_t width = display_width(word);
    if (column > indent && column + 1 + width > columns) {
      result.append("\n").append(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += width;
  }
  return result;
}

std::string upper_case(std::string_view text) {
  return map_ascii(
      text, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
}

std::string lower_case(std::string_view text) {
  return map_ascii(
      text, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
}

}  // namespace tickcache::cli
