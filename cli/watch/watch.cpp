// tickcache watch: a live table.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "cli/commands/commands.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "cli/print/ticker_rows.hpp"
#include "cli/watch/screen.hpp"
#include "cli/watch/watch_pages.hpp"
#include "cli/watch/watch_table.hpp"
#include "encode/read.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// New data is shown within this time.
constexpr milliseconds kRedrawEvery{250};
/// Interval at which ages are updated when no new data arrives.
constexpr milliseconds kAgesEvery{1000};

WatchOrder first_order(const Arguments& arguments) noexcept {
  if (arguments.sort == Sort::age) return WatchOrder::age;
  if (arguments.sort == Sort::updates) return WatchOrder::ticks;
  // Symbols given on the command line stay in that order.
  return arguments.words.empty() ? WatchOrder::name : WatchOrder::given;
}

/// The symbols on the command line; without any, all symbols by name.
std::vector<TickerRow> read_rows(Reader& reader, const Arguments& arguments) {
  return arguments.words.empty() ? read_all(reader, arguments.query())
                                 : read_symbols(reader, arguments.words, arguments.query());
}

/// One row: the state of the feed, its source, counts, `rate` and the time.
Table watch_header(const Reader& reader, const Status& status, const std::string& rate) {
  Table table({{"", Align::left},
               {"", Align::left, 4},
               {"", Align::left, 1},
               {"", Align::left, 2},
               {"", Align::left, 3}});
  const bool open = status.reason != Reason::no_segment;
  table.add({{"feed " + feed_verdict(reader, status), style_of(status.feed)},
             {open ? printable(status.upstream.view()) : ""},
             {open ? counted(status.symbols, "symbol") : ""},
             {rate},
             {utc_seconds(Clocks::now().unix_ns), Style::dim}});
  return table;
}

/// Data from the segment, as chosen at the keyboard.
class WatchView {
 public:
  WatchView(const Arguments& arguments, Reader& reader, bool color)
      : arguments_(arguments), reader_(reader), color_(color) {
    state_.order = first_order(arguments);
  }

  /// Reads everything again.
  void read() {
    status_ = read_status(reader_);
    rows_ = read_rows(reader_, arguments_);
    ticks_.observe(status_->counter(Counter::ticks), status_->now_ns);
    for (const TickerRow& row : rows_) {
      if (row.ticker.has_value) histories_[row.symbol].observe(row.ticker.value, status_->now_ns);
    }
  }

  /// Returns false to quit.
  bool on_key(Key key) {
    const std::size_t before = state_.cursor;
    const bool goes_on = state_.on_key(key, height_);
    // Rows change places by themselves: a row that was chosen stays the same symbol.
    if (state_.cursor == 0) {
      chosen_.clear();
    } else if (state_.cursor != before && !table_.empty()) {
      chosen_ = table_[std::min(state_.cursor, table_.size() - 1)].symbol;
    }
    if (state_.page == WatchPage::table) {
      details_.clear();
    } else if (details_.empty() && state_.cursor < table_.size()) {
      details_ = table_[state_.cursor].symbol;
    }
    return goes_on;
  }
  /// The content of a screen of that size. Call read() first.
  std::vector<std::string> lines(Screen::Size size) {
    constexpr std::size_t kRoomy = 8;  // rows from which on blank lines are no waste
    const bool roomy = size.rows >= kRoomy;
    const bool has_footer = size.rows > 2;
    const auto rate = ticks_.per_second();
    std::vector<std::string> lines =
        watch_header(reader_, *status_, rate ? fmt::format("{:.0f} ticks/s", *rate) : "")
            .lines(color_, size.columns);
    if (roomy) lines.emplace_back();
    const std::size_t around = lines.size() + (has_footer ? 1 : 0) + (roomy ? 1 : 0);
    const std::size_t room = size.rows > around ? size.rows - around : 1;
    const std::string position = state_.page == WatchPage::table
                                     ? add_table(lines, room, size.columns)
                                     : add_page(lines, room, size.columns);
    // The footer keeps its place, whatever comes and goes above it.
    lines.resize(has_footer ? size.rows - 1 : size.rows);
    if (has_footer)
      lines.push_back(styled(state_.footer(position, size.columns), Style::dim, color_));
    return lines;
  }

 private:
  /// Adds titles and as many rows as there is room for; returns which they are, unless all are.
  std::string add_table(std::vector<std::string>& lines, std::size_t room, std::size_t columns) {
    height_ = std::max<std::size_t>(room, 2) - 1;  // below the titles
    table_ = arranged(rows_, histories_, state_);
    const auto chosen = std::find_if(table_.begin(), table_.end(),
                                     [&](const TickerRow& row) { return row.symbol == chosen_; });
    if (chosen != table_.end()) state_.cursor = static_cast<std::size_t>(chosen - table_.begin());
    state_.keep_cursor_visible(table_.size(), height_);
    const auto first = table_.begin() + static_cast<std::ptrdiff_t>(state_.first_row);
    const std::size_t shown = std::min(table_.size() - state_.first_row, height_);
    const std::vector<TickerRow> rows(first, first + static_cast<std::ptrdiff_t>(shown));
    const auto text = [&](bool color) {
      return watch_lines(rows, histories_, state_, status_->reason, columns, color);
    };
    const std::size_t at = lines.size();
    for (std::string& line : text(color_)) lines.push_back(std::move(line));
    if (shown > 0) {
      const std::size_t row = state_.cursor - state_.first_row + 1;
      lines[at + row] = marked(text(false)[row], columns);
    }
    return position(state_.first_row, shown, table_.size());
  }

  /// The same with the lines of the help or the details.
  std::string add_page(std::vector<std::string>& lines, std::size_t room, std::size_t columns) {
    height_ = room;
    const auto page =
        state_.page == WatchPage::help ? help_lines(columns, color_) : details(columns);
    state_.keep_within(page.size(), room);
    const std::size_t shown = std::min(page.size() - state_.first_line, room);
    const auto first = page.begin() + static_cast<std::ptrdiff_t>(state_.first_line);
    lines.insert(lines.end(), first, first + static_cast<std::ptrdiff_t>(shown));
    return position(state_.first_line, shown, page.size());
  }

  std::vector<std::string> details(std::size_t columns) {
    const auto found = std::find_if(rows_.begin(), rows_.end(),
                                    [&](const TickerRow& row) { return row.symbol == details_; });
    if (found == rows_.end()) return {"no row is marked"};
    return detail_lines(*found, row_verdict(reader_, *found), history_of(*found, histories_),
                        Clocks::now(), columns, color_);
  }

  static std::string position(std::size_t first, std::size_t shown, std::size_t all) {
    return shown == all ? std::string() : fmt::format("{}-{} of {}", first + 1, first + shown, all);
  }

  /// In reverse video over the whole width.
  static std::string marked(const std::string& line, std::size_t columns) {
    const std::size_t width = display_width(line);
    return fmt::format("\x1b[7m{}{:{}}\x1b[0m", line, "", columns - std::min(columns, width));
  }

  const Arguments& arguments_;
  Reader& reader_;
  bool color_;
  WatchState state_;
  std::string chosen_;            ///< the marked symbol; empty: whichever is first
  std::string details_;           ///< the symbol whose details are shown
  std::size_t height_ = 1;        ///< rows or lines that fit the screen
  std::vector<TickerRow> table_;  ///< as drawn last
  std::unique_ptr<Status> status_;
  std::vector<TickerRow> rows_;
  Histories histories_;
  Rate ticks_;
};

/// Draws until a key or a signal ends it; returns the signal, or 0.
int show(WatchView& view, Reader& reader, int terminal) {
  Screen screen(terminal);
  std::uint32_t seen = 0;
  BootTime read_at = BootTime(-kAgesEvery);
  bool changed = true;
  for (;;) {
    const nanoseconds age = BootClock::now() - read_at;
    const std::uint32_t word = reader.wake_word();
    if (age >= kAgesEvery || (age >= kRedrawEvery && word != seen)) {
      seen = word;
      read_at = BootClock::now();
      view.read();
      changed = true;
    }
    if (changed) screen.draw(view.lines(screen.size()));
    const Screen::Event event = screen.wait(kRedrawEvery);
    changed = event != Screen::Event::none;
    if (event == Screen::Event::quit || event == Screen::Event::ended) break;
    if (event == Screen::Event::key && !view.on_key(screen.key())) break;
  }
  return screen.signal();
}

ExitCode watch_on_screen(const Arguments& arguments, Reader& reader, Output& out) {
  WatchView view(arguments, reader, arguments.colored(out));
  const int signal = show(view, reader, out.fd());
  // The terminal is restored: now the signal may do what it does to any program.
  if (signal != 0) raise(signal);
  return ExitCode::ok;
}

ExitCode print_once(const Arguments& arguments, Reader& reader, Output& out) {
  auto rows = read_rows(reader, arguments);
  if (arguments.words.empty() || arguments.sort != Sort::name) sort_rows(rows, arguments.sort);
  if (arguments.json) {
    for (const TickerRow& row : rows) out.write(json_line(row.symbol, row.ticker));
    return ExitCode::ok;
  }
  const bool color = arguments.colored(out);
  out.write(watch_header(reader, *read_status(reader), {}).text(color));
  out.write(ticker_table(rows).text(color));
  out.flush();
  if (isatty(out.fd()) == 1)
    complain("printed once: this terminal shows no full screen (TERM is unset or dumb)");
  return ExitCode::ok;
}

}  // namespace

ExitCode run_watch(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  return out.is_smart_terminal() && !arguments.json ? watch_on_screen(arguments, reader, out)
                                                    : print_once(arguments, reader, out);
}

}  // namespace tickcache::cli
