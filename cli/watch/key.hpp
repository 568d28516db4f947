// Decodes keys from the bytes that a terminal sends.
#pragma once

#include <cstdint>
#include <string>

namespace tickcache::cli {

enum class KeyCode : std::uint8_t {
  none,
  character,  ///< printable ASCII
  control,    ///< Ctrl and a letter: `character` is the letter, in upper case
  enter,
  escape,
  backspace,
  up,
  down,
  page_up,
  page_down,
  home,
  end,
  other,  ///< a key that is not used
};

struct Key {
  KeyCode code = KeyCode::none;
  char character = 0;

  [[nodiscard]] bool is(char c) const noexcept {
    return code == KeyCode::character && character == c;
  }
  friend bool operator==(const Key&, const Key&) = default;
};

/// Removes the first key from `bytes` and returns it; `none` if no key is complete. With `final`,
/// no more bytes are expected, so that a lone escape byte is the Escape key.
[[nodiscard]] Key take_key(std::string& bytes, bool final);

}  // namespace tickcache::cli
