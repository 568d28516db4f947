#include "cli/watch/watch_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "cli/print/ticker_rows.hpp"

namespace tickcache::cli {
namespace {

/// Below this, symbols are cut so that price and freshness survive.
constexpr std::size_t kNarrow = 40;
constexpr std::size_t kTrendWidth = 20;
/// "stale": what a narrow screen keeps of the freshness.
constexpr std::size_t kFreshnessWidth = 5;

/// The number to sort by, smallest first.
double rank(const TickerRow& row, const History& history, WatchOrder order) {
  if (order == WatchOrder::change) return -history.change_percent();
  if (order == WatchOrder::age) return static_cast<double>(row.ticker.age_ns);
  return order == WatchOrder::ticks ? -history.ticks_per_second().value_or(0) : 0;
}

/// In percent; 0 if it would be printed as 0.00, which is neither up nor down.
double change_of(const History& history) {
  constexpr double kLeast = 0.005;
  const double change = history.change_percent();
  return std::abs(change) < kLeast ? 0 : change;
}

Style change_style(double change) noexcept {
  return change > 0 ? Style::green : change < 0 ? Style::red : Style::plain;
}

std::string padded(std::string_view text, std::size_t width) {
  return fmt::format("{:>{}}", text, width);  // so that a column does not dance
}

std::string title(std::string_view name, const WatchState& state, WatchOrder column) {
  return fmt::format("{}{}", name, state.arrow(column));
}

Table wide_table(const std::vector<TickerRow>& rows, const Histories& histories,
                 const WatchState& state, Reason known) {
  // Of the columns that may be left out, that of the order is the last.
  const auto optional = [&](std::string_view name, WatchOrder column, int leave_out) {
    return Table::Column{title(name, state, column), Align::right,
                         column == state.order ? 1 : leave_out};
  };
  Table table({{title("SYMBOL", state, WatchOrder::name), Align::left},
               {"PRICE", Align::point},
               {"FRESHNESS", Align::left},
               optional("AGE", WatchOrder::age, 2),
               optional("CHANGE", WatchOrder::change, 3),
               optional("TICKS/S", WatchOrder::ticks, 4),
               {"TREND", Align::left, 5},
               {"", Align::left, 0, Table::Fit::cut}});
  for (const TickerRow& row : rows) {
    const Result<Ticker>& ticker = row.ticker;
    const History& history = history_of(row, histories);
    const double change = change_of(history);
    const auto rate = history.ticks_per_second();
    const Style style = style_of(ticker.freshness);
    const bool told = ticker.reason == known;
    table.add({{printable(row.symbol), Style::bold},
               {ticker.has_value ? price_text(ticker) : "-"},
               {to_string(ticker.freshness), style},
               {ticker.has_value ? padded(age_text(ticker.age_ns), 5) : "-"},
               {padded(ticker.has_value ? fmt::format("{:+.2f}%", change) : "-", 7),
                change_style(change)},
               {rate ? fmt::format("{:.1f}", *rate) : "-"},
               {history.trend(kTrendWidth), Style::dim},
               {told ? "" : std::string(why(ticker.reason)), style}});
  }
  return table;
}

/// Symbol, price, freshness; prices are not aligned by their points, which takes more room.
Table narrow_table(const std::vector<TickerRow>& rows, std::size_t columns) {
  std::size_t price_width = std::string_view("PRICE").size();
  for (const TickerRow& row : rows)
    price_width = std::max(price_width, price_text(row.ticker).size());
  constexpr std::size_t kLeast = 3;
  const std::size_t others = price_width + kFreshnessWidth + 2;
  const std::size_t room = columns > others + kLeast ? columns - others : kLeast;
  Table table({{std::string(clip("SYMBOL", room)), Align::left},
               {"PRICE", Align::right},
               {"FRESHNESS", Align::left, 0, Table::Fit::cut}},
              " ");
  for (const TickerRow& row : rows) {
    const std::string symbol = printable(row.symbol);
    const bool fits = display_width(symbol) <= room;
    table.add({{fits ? symbol : std::string(clip(symbol, room - 1)) + "…", Style::bold},
               {row.ticker.has_value ? price_text(row.ticker) : "-"},
               {to_string(row.ticker.freshness), style_of(row.ticker.freshness)}});
  }
  return table;
}

}  // namespace

const History& history_of(const TickerRow& row, const Histories& histories) {
  static const History kNone;
  const auto found = histories.find(row.symbol);
  return row.ticker.has_value && found != histories.end() ? found->second : kNone;
}

std::vector<TickerRow> arranged(std::vector<TickerRow> rows, const Histories& histories,
                                const WatchState& state) {
  std::erase_if(rows, [&](const TickerRow& row) { return !state.shows(row.symbol); });
  const auto before = [&](const TickerRow& a, const TickerRow& b) {
    // Rows without a value come last in either direction.
    if (!a.ticker.has_value || !b.ticker.has_value)
      return a.ticker.has_value && !b.ticker.has_value;
    const TickerRow& left = state.reversed ? b : a;
    const TickerRow& right = state.reversed ? a : b;
    const double less = rank(left, history_of(left, histories), state.order);
    const double more = rank(right, history_of(right, histories), state.order);
    return less != more ? less < more : left.symbol < right.symbol;
  };
  if (state.order == WatchOrder::given) {
    if (state.reversed) std::reverse(rows.begin(), rows.end());
  } else {
    std::stable_sort(rows.begin(), rows.end(), before);
  }
  return rows;
}

std::vector<std::string> watch_lines(const std::vector<TickerRow>& rows, const Histories& histories,
                                     const WatchState& state, Reason known, std::size_t columns,
                                     bool color) {
  const Table table =
      columns < kNarrow ? narrow_table(rows, columns) : wide_table(rows, histories, state, known);
  return table.lines(color, columns);
}

}  // namespace tickcache::cli
