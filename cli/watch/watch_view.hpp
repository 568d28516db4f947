// The content of `watch`: data from the segment, as chosen at the keyboard.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/watch/screen.hpp"
#include "cli/watch/watch_table.hpp"

namespace tickcache::cli {

/// The symbols on the command line; without any, all symbols by name.
[[nodiscard]] std::vector<TickerRow> read_rows(Reader& reader, const Arguments& arguments);

/// One row: the state of the feed, its source, counts, `rate` and the time.
[[nodiscard]] Table watch_header(const Reader& reader, const Status& status,
                                 const std::string& rate);

class WatchView {
 public:
  WatchView(const Arguments& arguments, Reader& reader, bool color);

  /// Reads everything again.
  void read();
  /// Returns false to quit.
  bool on_key(Key key) { return state_.on_key(key, page_); }
  /// The content of a screen of that size. Call read() first.
  [[nodiscard]] std::vector<std::string> lines(Screen::Size size);

 private:
  void add_table(std::vector<std::string>& lines, std::size_t columns);
  [[nodiscard]] std::string footer() const;

  const Arguments& arguments_;
  Reader& reader_;
  bool color_;
  WatchState state_;
  std::size_t page_ = 1;    ///< rows that fit the screen
  std::size_t shown_ = 0;   ///< rows on the screen
  std::size_t wanted_ = 0;  ///< rows that match the filter
  std::unique_ptr<Status> status_;
  std::vector<TickerRow> rows_;
  Histories histories_;
  Rate ticks_;
};

}  // namespace tickcache::cli
