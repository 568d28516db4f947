#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tickcache::cli {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

constexpr unsigned byte(char c) noexcept { return static_cast<unsigned char>(c); }
constexpr bool continues(char c) noexcept { return (byte(c) & 0xC0U) == 0x80U; }

/// The smallest and the greatest second byte of a sequence that begins with `lead`: excludes
/// overlong forms, surrogates and what lies beyond U+10FFFF (Unicode 15, table 3-7).
constexpr bool second_byte_fits(unsigned lead, unsigned second) noexcept {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

/// Bytes of the character that `text` begins with; 0 if it is none.
std::size_t character_size(std::string_view text) noexcept {
  const unsigned lead = byte(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : 2);
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(size), continues))
    return 0;
  return second_byte_fits(lead, byte(text[1])) ? size : 0;
}

template <class Change>
std::string map_ascii(std::string_view text, Change change) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), change);
  return result;
}

/// How a control character is written, or an empty text for any other character.
std::string escaped(std::string_view character) {
  const unsigned first = byte(character[0]);
  if (character == "\n") return "\\n";
  if (character == "\r") return "\\r";
  if (character == "\t") return "\\t";
  if (first < 0x20 || first == 0x7F) return fmt::format("\\x{:02x}", first);
  // The C1 controls, U+0080 to U+009F: some terminals obey them.
  if (first == 0xC2 && byte(character[1]) < 0xA0)
    return fmt::format("\\u{:04x}", byte(character[1]));
  return {};
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    result += size == 0 ? kReplacement : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

std::string printable(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string result;
  for (std::string_view rest = valid; !rest.empty();) {
    const std::string_view character = rest.substr(0, character_size(rest));
    const std::string escape = escaped(character);
    result += escape.empty() ? character : std::string_view(escape);
    rest.remove_prefix(character.size());
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
