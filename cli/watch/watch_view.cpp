#include "cli/watch/watch_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/print/describe.hpp"
#include "cli/print/format.hpp"
#include "cli/print/text.hpp"
#include "cli/read.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

WatchOrder first_order(const Arguments& arguments) noexcept {
  switch (arguments.sort) {
    case Sort::name:
      break;
    case Sort::age:
      return WatchOrder::age;
    case Sort::updates:
      return WatchOrder::ticks;
  }
  // Symbols given on the command line stay in that order.
  return arguments.words.empty() ? WatchOrder::name : WatchOrder::given;
}

}  // namespace

std::vector<TickerRow> read_rows(Reader& reader, const Arguments& arguments) {
  return arguments.words.empty() ? read_all(reader, arguments.query())
                                 : read_symbols(reader, arguments.words, arguments.query());
}

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

WatchView::WatchView(const Arguments& arguments, Reader& reader, bool color)
    : arguments_(arguments), reader_(reader), color_(color) {
  state_.order = first_order(arguments);
}

void WatchView::read() {
  status_ = read_status(reader_);
  rows_ = read_rows(reader_, arguments_);
  ticks_.observe(status_->counter(Counter::ticks), status_->now_ns);
  for (const TickerRow& row : rows_) {
    if (row.ticker.has_value) histories_[row.symbol].observe(row.ticker.value, status_->now_ns);
  }
}

std::vector<std::string> WatchView::lines(Screen::Size size) {
  constexpr std::size_t kRoomy = 8;  // rows from which on blank lines are no waste
  const bool roomy = size.rows >= kRoomy;
  const std::size_t around = roomy ? 5 : 3;  // header, titles, footer, and two blank lines
  page_ = size.rows > around ? size.rows - around : 1;

  const auto rate = ticks_.per_second();
  std::vector<std::string> lines =
      watch_header(reader_, *status_, rate ? fmt::format("{:.0f} ticks/s", *rate) : "")
          .lines(Table::Header::no, color_, size.columns);
  if (roomy) lines.emplace_back();
  add_table(lines, size.columns);
  // The footer keeps its place, whatever comes and goes above it.
  const bool has_footer = size.rows > 2;
  lines.resize(has_footer ? size.rows - 1 : size.rows);
  if (has_footer) lines.push_back(styled(clip(footer(), size.columns), Style::dim, color_));
  return lines;
}

void WatchView::add_table(std::vector<std::string>& lines, std::size_t columns) {
  auto rows = arranged(rows_, histories_, state_);
  wanted_ = rows.size();
  state_.keep_within(wanted_, page_);
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(state_.first_row));
  rows.resize(std::min(rows.size(), page_));
  shown_ = rows.size();
  for (std::string& line : watch_lines(rows, histories_, status_->reason, columns, color_))
    lines.push_back(std::move(line));
}

std::string WatchView::footer() const {
  if (shown_ == wanted_) return state_.footer();
  return fmt::format("{}-{} of {}  {}", state_.first_row + 1, state_.first_row + shown_, wanted_,
                     state_.footer());
}

}  // namespace tickcache::cli
