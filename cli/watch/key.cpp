#include "cli/watch/key.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace tickcache::cli {
namespace {

constexpr char kEscape = 0x1b;

constexpr unsigned byte(char c) noexcept { return static_cast<unsigned char>(c); }

/// A key and its length in bytes; 0 if it is incomplete.
struct Taken {
  Key key;
  std::size_t size = 0;
};

/// The key of a sequence, without what introduces it.
KeyCode code_of(std::string_view sequence) noexcept {
  constexpr std::pair<std::string_view, KeyCode> kKeys[] = {
      {"A", KeyCode::up},         {"B", KeyCode::down},  {"H", KeyCode::home},
      {"F", KeyCode::end},        {"1~", KeyCode::home}, {"4~", KeyCode::end},
      {"7~", KeyCode::home},      {"8~", KeyCode::end},  {"5~", KeyCode::page_up},
      {"6~", KeyCode::page_down},
  };
  for (const auto& [text, code] : kKeys) {
    if (sequence == text) return code;
  }
  return KeyCode::other;
}

/// What follows "ESC [": parameters, then one final byte (ECMA-48, 5.4).
Taken control_sequence(std::string_view bytes) noexcept {
  constexpr std::size_t kIntroducer = 2;
  const auto* last = std::find_if(bytes.begin() + kIntroducer, bytes.end(),
                                  [](char c) { return byte(c) >= 0x40 || byte(c) < 0x20; });
  if (last == bytes.end()) return {};
  const auto size = static_cast<std::size_t>(last - bytes.begin()) + 1;
  return {{code_of(bytes.substr(kIntroducer, size - kIntroducer))}, size};
}

Taken after_escape(std::string_view bytes) noexcept {
  if (bytes.size() < 2) return {};
  if (bytes[1] == '[') return control_sequence(bytes);
  if (bytes[1] == 'O') {  // the same keys in the terminal's application mode
    return bytes.size() < 3 ? Taken() : Taken{{code_of(bytes.substr(2, 1))}, 3};
  }
  if (bytes[1] == kEscape) return {{KeyCode::escape}, 1};
  return {{KeyCode::other}, 2};  // Alt and a key
}

/// A character of several bytes: no key here is one.
Taken beyond_ascii(std::string_view bytes) noexcept {
  const auto* next = std::find_if(bytes.begin() + 1, bytes.end(),
                                  [](char c) { return (byte(c) & 0xC0U) != 0x80U; });
  return {{KeyCode::other}, static_cast<std::size_t>(next - bytes.begin())};
}

Taken first_key(std::string_view bytes) noexcept {
  const char c = bytes[0];
  if (c == kEscape) return after_escape(bytes);
  if (c == '\r' || c == '\n') return {{KeyCode::enter}, 1};
  if (c == 0x7f || c == 0x08) return {{KeyCode::backspace}, 1};
  if (byte(c) >= 0x80) return beyond_ascii(bytes);
  if (byte(c) < 0x20) return {{KeyCode::control, static_cast<char>(c + '@')}, 1};
  return {{KeyCode::character, c}, 1};
}

}  // namespace

Key take_key(std::string& bytes, bool final) {
  if (bytes.empty()) return {};
  Taken taken = first_key(bytes);
  if (taken.size == 0 && final) taken = {{KeyCode::escape}, 1};
  bytes.erase(0, taken.size);
  return taken.key;
}

}  // namespace tickcache::cli
