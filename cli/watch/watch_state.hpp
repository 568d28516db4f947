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

enum class WatchPage : std::uint8_t { table, help, details };

struct WatchState {
  WatchOrder order = WatchOrder::name;
  bool reversed = false;
  std::string filter;  ///< upper case; empty: every symbol
  bool edits_filter = false;
  WatchPage page = WatchPage::table;
  std::size_t cursor = 0;      ///< the marked row of the table
  std::size_t first_row = 0;   ///< of the table, at the top of the screen
  std::size_t first_line = 0;  ///< of the other pages

  /// Handles a key; `height` is the number of rows on the screen. Returns false to quit.
  bool on_key(Key key, std::size_t height);
  /// Limits the cursor to `rows` rows, and scrolls the table so that the screen shows it.
  void keep_cursor_visible(std::size_t rows, std::size_t height) noexcept;
  /// Limits first_line so that the screen stays within `lines`.
  void keep_within(std::size_t lines, std::size_t height) noexcept;
  [[nodiscard]] bool shows(std::string_view symbol) const noexcept;
  /// "▲" for a column sorted from the smallest to the largest, "▼" for the opposite; empty for
  /// other columns and for the given order.
  [[nodiscard]] std::string_view arrow(WatchOrder column) const noexcept;
  /// The bottom line: `position`, which may be empty, the order and the keys; or the filter while
  /// it is being typed. Leaves out whole items, the least important first, to fit `columns`.
  [[nodiscard]] std::string footer(std::string_view position, std::size_t columns) const;

 private:
  void edit_filter(Key key);
  void choose_order(Key key) noexcept;
  void open(WatchPage other) noexcept;
  [[nodiscard]] std::string order_text() const;
};

}  // namespace tickcache::cli
