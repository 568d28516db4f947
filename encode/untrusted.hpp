// Untrusted text: it may contain control characters and invalid UTF-8.
#pragma once

#include <algorithm>
#include <boost/locale/utf.hpp>  // header-only
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tickcache::encode {

using Utf8 = boost::locale::utf::utf_traits<char>;

/// Whether a code point must not reach a terminal, a log or a spreadsheet as it is: a control
/// character, also of C1, which some terminals obey; or one that is invisible or turns the
/// direction of text, so that something else is read than what is there.
[[nodiscard]] constexpr bool is_unsafe(std::uint32_t c) noexcept {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

/// How many characters at the start of `text` are printable ASCII: usually all.
[[nodiscard]] inline std::size_t plain_size(std::string_view text) noexcept {
  const auto* const end = std::find_if(text.begin(), text.end(), [](char c) {
    return c < 0x20 || c >= 0x7F;  // or beyond ASCII, where char has a sign
  });
  return static_cast<std::size_t>(end - text.begin());
}

/// The size in bytes of the UTF-8 character at the start of `text`; 0 if it is invalid.
[[nodiscard]] inline std::size_t character_size(std::string_view text) noexcept {
  const char* at = text.data();
  const auto character = Utf8::decode(at, text.data() + text.size());
  const bool valid = boost::locale::utf::is_valid_codepoint(character);
  return valid ? static_cast<std::size_t>(at - text.data()) : 0;
}

/// `text` with each invalid byte replaced by U+FFFD.
[[nodiscard]] inline std::string valid_utf8(std::string_view text) {
  std::string result(text.substr(0, plain_size(text)));
  text.remove_prefix(result.size());
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    result += size == 0 ? std::string_view("\uFFFD") : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

/// Valid UTF-8 in one line without unsafe characters: they are written as \n, \x1b or \u202e.
[[nodiscard]] std::string printable(std::string_view text);

/// The same text for JSON: `json` is valid JSON in UTF-8, whose strings get \u escapes.
[[nodiscard]] std::string with_safe_strings(std::string_view json);

}  // namespace tickcache::encode
