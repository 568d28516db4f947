// Untrusted text: it may contain control characters and invalid UTF-8.
#pragma once

#include <algorithm>
#include <boost/locale/utf.hpp>  // header-only
#include <cstddef>
#include <string>
#include <string_view>

namespace tickcache::encode {

using Utf8 = boost::locale::utf::utf_traits<char>;

[[nodiscard]] constexpr bool is_control(char c) noexcept {
  return (c >= '\0' && c < ' ') || c == '\x7f';
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
  std::string result;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    result += size == 0 ? std::string_view("\uFFFD") : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

}  // namespace tickcache::encode
