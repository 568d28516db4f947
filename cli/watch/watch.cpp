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
  bool on_key(Key key) { return state_.on_key(key, page_); }
  /// The content of a screen of that size. Call read() first.
  std::vector<std::string> lines(Screen::Size size) {
    constexpr std::size_t kRoomy = 8;  // rows from which on blank lines are no waste
    const bool roomy = size.rows >= kRoomy;
    const std::size_t around = roomy ? 5 : 3;  // header, titles, footer, and two blank lines
    page_ = size.rows > around ? size.rows - around : 1;

    const auto rate = ticks_.per_second();
    std::vector<std::string> lines =
        watch_header(reader_, *status_, rate ? fmt::format("{:.0f} ticks/s", *rate) : "")
            .lines(color_, size.columns);
    if (roomy) lines.emplace_back();
    add_table(lines, size.columns);
    // The footer keeps its place, whatever comes and goes above it.
    const bool has_footer = size.rows > 2;
    lines.resize(has_footer ? size.rows - 1 : size.rows);
    if (has_footer) lines.push_back(styled(clip(footer(), size.columns), Style::dim, color_));
    return lines;
  }

 private:
  void add_table(std::vector<std::string>& lines, std::size_t columns) {
    auto rows = arranged(rows_, histories_, state_);
    wanted_ = rows.size();
    state_.keep_within(wanted_, page_);
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(state_.first_row));
    rows.resize(std::min(rows.size(), page_));
    shown_ = rows.size();
    for (std::string& line : watch_lines(rows, histories_, status_->reason, columns, color_))
      lines.push_back(std::move(line));
  }

  std::string footer() const {
    if (shown_ == wanted_) return state_.footer();
    return fmt::format("{}-{} of {}  {}", state_.first_row + 1, state_.first_row + shown_, wanted_,
                       state_.footer());
  }

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

/// Draws until a key or a signal ends it; returns the signal, or 0.
int show(WatchView& view, Reader& reader, int terminal) {
  Screen screen(terminal);
  std::uint32_t seen = 0;
  nanoseconds read_at = -kAgesEvery;
  bool changed = true;
  for (;;) {
    const nanoseconds age = boot_clock() - read_at;
    const std::uint32_t word = reader.wake_word();
    if (age >= kAgesEvery || (age >= kRedrawEvery && word != seen)) {
      seen = word;
      read_at = boot_clock();
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
