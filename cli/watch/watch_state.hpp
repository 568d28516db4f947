// What a person at the keyboard has chosen to see of the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/doctor/key.hpp"

namespace tickcache::cli {

enum class WatchOrder : std::uint8_t {
  given,   ///< as the symbols were named on the command line
  name,    ///< in the alphabet
  change,  ///< risen most first
  age,     ///< freshest first
  ticks,   ///< most ticks a second first
};

struct WatchState {
  WatchOrder order = WatchOrder::name;
  bool reversed = false;
  std::string filter;  ///< upper case; empty: every symbol
  bool edits_filter = false;
  std::size_t first_row = 0;  ///< at the top of the screen

  /// Does what the key means; `page` is how many rows fit the screen. False if it means to quit.
  bool on_key(Key key, std::size_t page);
  /// Keeps first_row within `rows` of which `page` fit.
  void keep_within(std::size_t rows, std::size_t page) noexcept;
  [[nodiscard]] bool shows(std::string_view symbol) const noexcept;
  /// The line at the bottom: the filter while it is typed, else the keys.
  [[nodiscard]] std::string footer() const;

 private:
  void edit_filter(Key key);
  void scroll(Key key, std::size_t page) noexcept;
};

}  // namespace tickcache::cli
