// tickcache watch: a table that keeps itself current.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "cli/commands.hpp"
#include "cli/describe.hpp"
#include "cli/format.hpp"
#include "cli/screen.hpp"
#include "cli/status.hpp"
#include "cli/text.hpp"
#include "cli/ticker_rows.hpp"

namespace tickcache::cli {
namespace {

constexpr std::chrono::milliseconds kRedrawEvery{250};

std::vector<TickerRow> read_rows(Reader& reader, const Arguments& arguments) {
  auto rows = arguments.words.empty() ? read_all(reader, arguments.query())
                                      : read_symbols(reader, arguments.words, arguments.query());
  // Symbols that were asked for stay in the order asked for.
  if (arguments.words.empty() || arguments.sort != Sort::name) sort_rows(rows, arguments.sort);
  return rows;
}

/// State of the feed, where it comes from, how much there is, and when.
Table header(Reader& reader) {
  const auto status = read_status(reader);
  Table table({{"", Align::left}, {"", Align::left}, {"", Align::left}, {"", Align::left}});
  const bool open = status->reason != Reason::no_segment;
  table.add({{"feed " + feed_verdict(reader, *status), style_of(status->feed)},
             {open ? printable(status->upstream.view()) : ""},
             {open ? counted(status->symbols, "symbol") : ""},
             {utc_seconds(Clocks::now().unix_ns), Style::dim}});
  return table;
}

std::vector<std::string> screen_lines(Reader& reader, const Arguments& arguments, Screen::Size size,
                                      bool color) {
  std::vector<std::string> lines = header(reader).lines(Table::Header::no, color, size.columns);
  lines.emplace_back();
  const auto rows = read_rows(reader, arguments);
  for (std::string& line : ticker_table(rows).lines(Table::Header::yes, color, size.columns))
    lines.push_back(std::move(line));

  std::string footer = "q quits";
  if (lines.size() + 1 > size.rows) {
    const std::size_t room = size.rows > 2 ? size.rows - 2 : 1;
    const std::size_t hidden = lines.size() - std::min(lines.size(), room);
    lines.resize(std::min(lines.size(), room));
    footer +=
        fmt::format(" - {} more do not fit: name symbols, or use --sort updates", grouped(hidden));
  }
  if (lines.size() + 2 <= size.rows) lines.emplace_back();
  if (lines.size() < size.rows)
    lines.push_back(styled(clip(footer, size.columns), Style::dim, color));
  lines.resize(std::min(lines.size(), size.rows));
  return lines;
}

ExitCode watch_on_screen(const Arguments& arguments, Reader& reader, Output& out) {
  int signal = 0;
  {
    const bool color = arguments.colored(out);
    Screen screen(out.fd());
    auto event = Screen::Event::none;
    while (event != Screen::Event::quit && event != Screen::Event::ended) {
      screen.draw(screen_lines(reader, arguments, screen.size(), color));
      event = screen.wait(kRedrawEvery);
    }
    signal = screen.signal();
  }
  // The terminal is restored: now the signal may do what it does to any program.
  if (signal != 0) raise(signal);
  return ExitCode::ok;
}

}  // namespace

ExitCode run_watch(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  if (out.is_smart_terminal() && !arguments.json) return watch_on_screen(arguments, reader, out);

  const auto rows = read_rows(reader, arguments);
  if (arguments.json) {
    for (const TickerRow& row : rows) out.write(json_line(row));
  } else {
    const bool color = arguments.colored(out);
    out.write(header(reader).text(Table::Header::no, color));
    out.write(ticker_table(rows).text(Table::Header::yes, color));
  }
  return ExitCode::ok;
}

}  // namespace tickcache::cli
