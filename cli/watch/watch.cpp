// tickcache watch: a live table.
#include <unistd.h>

#include <csignal>

#include "cli/commands/commands.hpp"
#include "cli/read.hpp"
#include "cli/watch/screen.hpp"
#include "cli/watch/watch_view.hpp"

namespace tickcache::cli {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// New data is shown within this time.
constexpr milliseconds kRedrawEvery{250};
/// Interval at which ages are updated when no new data arrives.
constexpr milliseconds kAgesEvery{1000};

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
    for (const TickerRow& row : rows) out.write(encode::json_line(row.symbol, row.ticker));
    return ExitCode::ok;
  }
  const bool color = arguments.colored(out);
  out.write(watch_header(reader, *read_status(reader), {}).text(Table::Header::no, color));
  out.write(ticker_table(rows).text(Table::Header::yes, color));
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
