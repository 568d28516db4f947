// All that watch shows: the segment's side, and what was chosen at the keyboard.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/watch/screen.hpp"
#include "cli/watch/watch_table.hpp"

namespace tickcache::cli {

/// What both share: the arguments' symbols, or all, by name.
[[nodiscard]] std::vector<TickerRow> read_rows(Reader& reader, const Arguments& arguments);

/// State of the feed, where it comes from, how much there is, `rate`, and when. One row.
[[nodiscard]] Table watch_header(const Reader& reader, const Status& status,
                                 const std::string& rate);

class WatchView {
 public:
  WatchView(const Arguments& arguments, Reader& reader, bool color);

  /// Reads everything anew.
  void read();
  /// False if the key means to quit.
  bool on_key(Key key) { return state_.on_key(key, page_); }
  /// What a screen of that size shows. read() comes first.
  [[nodiscard]] std::vector<std::string> lines(Screen::Size size);

 private:
  void add_table(std::vector<std::string>& lines, std::size_t columns);
  [[nodiscard]] std::string footer() const;

  const Arguments& arguments_;
  Reader& reader_;
  bool color_;
  WatchState state_;
  std::size_t page_ = 1;    ///< rows that the screen has room for
  std::size_t shown_ = 0;   ///< rows on it
  std::size_t wanted_ = 0;  ///< rows that the filter lets through
  std::unique_ptr<Status> status_;
  std::vector<TickerRow> rows_;
  Histories histories_;
  Rate ticks_;
};

}  // namespace tickcache::cli
