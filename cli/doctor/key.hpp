// What was typed, from the bytes that a terminal sends.
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
  other,  ///< a key without a meaning here
};

struct Key {
  KeyCode code = KeyCode::none;
  char character = 0;

  [[nodiscard]] bool is(char c) const noexcept {
    return code == KeyCode::character && character == c;
  }
  friend bool operator==(const Key&, const Key&) = default;
};

/// Removes the first key from the beginning of `bytes` and returns it. `none` if there is no whole
/// one; with `final`, because nothing more comes, the Escape key alone is one too.
[[nodiscard]] Key take_key(std::string& bytes, bool final);

}  // namespace tickcache::cli
