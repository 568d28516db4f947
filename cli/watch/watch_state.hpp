// The user's choice of what `watch` shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/watch/key.hpp"

namespace tickcache::cli {

enum class WatchOrder : std::uint8_t {
  given,   ///< as on the command line
  name,    ///< alphabetical
  change,  ///< largest rise first
  age,     ///< most recent first
  ticks,   ///< most ticks per second first
};

struct WatchState {
  WatchOrder order = WatchOrder::name;
  bool reversed = false;
  std::string filter;  ///< upper case; empty: every symbol
  bool edits_filter = false;
  std::size_t first_row = 0;  ///< at the top of the screen

  /// Handles a key; `page` is the number of rows on the screen. Returns false to quit.
  bool on_key(Key key, std::size_t page);
  /// Limits first_row so that the screen of `page` rows stays within `rows`.
  void keep_within(std::size_t rows, std::size_t page) noexcept;
  [[nodiscard]] bool shows(std::string_view symbol) const noexcept;
  /// The bottom line: the filter while it is being typed, else the keys.
  [[nodiscard]] std::string footer() const;

 private:
  void edit_filter(Key key);
  void scroll(Key key, std::size_t page) noexcept;
};

}  // namespace tickcache::cli
