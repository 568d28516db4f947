#include "cli/watch/watch_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/print/text.hpp"
#include "tickcache/text.hpp"

namespace tickcache::cli {
namespace {

/// Moves `at` by the keys that scroll. It may get too large.
void move(std::size_t& at, Key key, std::size_t height) noexcept {
  const auto up = [&](std::size_t rows) { at -= std::min(at, rows); };
  if (key.code == KeyCode::up || key.is('k')) up(1);
  if (key.code == KeyCode::down || key.is('j')) ++at;
  if (key.code == KeyCode::page_up) up(height);
  if (key.code == KeyCode::page_down || key.is(' ')) at += height;
  if (key.code == KeyCode::home) at = 0;
  if (key.code == KeyCode::end) at = static_cast<std::size_t>(-1) / 2;
}

struct Item {
  std::string text;
  int leave_out;  ///< the highest number is left out first
};

/// The items in one line of at most `columns`.
std::string fitted(std::vector<Item> items, std::size_t columns) {
  std::erase_if(items, [](const Item& item) { return item.text.empty(); });
  for (;;) {
    std::string line;
    for (const Item& item : items) line += (line.empty() ? "" : "  ") + item.text;
    if (items.size() <= 1 || display_width(line) <= columns)
      return std::string(clip(line, columns));
    items.erase(std::max_element(items.begin(), items.end(), [](const Item& a, const Item& b) {
      return a.leave_out < b.leave_out;
    }));
  }
}

}  // namespace

bool WatchState::on_key(Key key, std::size_t height) {
  if (edits_filter) {
    edit_filter(key);
    return true;
  }
  if (key.is('q') || key.is('Q')) return false;
  if (page != WatchPage::table) {
    const bool back = key.code == KeyCode::escape || key.code == KeyCode::enter || key.is('?');
    if (back) page = WatchPage::table;
    move(first_line, key, height);
    return true;
  }
  choose_order(key);
  if (key.is('/')) edits_filter = true;
  if (key.code == KeyCode::escape) filter.clear();
  if (key.is('?')) open(WatchPage::help);
  if (key.code == KeyCode::enter) open(WatchPage::details);
  move(cursor, key, height);
  return true;
}

void WatchState::open(WatchPage other) noexcept {
  page = other;
  first_line = 0;
}

void WatchState::choose_order(Key key) noexcept {
  const WatchOrder before = order;
  if (key.is('n')) order = WatchOrder::name;
  if (key.is('c')) order = WatchOrder::change;
  if (key.is('a')) order = WatchOrder::age;
  if (key.is('t')) order = WatchOrder::ticks;
  if (order != before) reversed = false;
  if (key.is('r')) reversed = !reversed;
  if (order != before || key.is('r')) cursor = 0;
}

void WatchState::edit_filter(Key key) {
  cursor = 0;
  const bool ends = key.code == KeyCode::enter || key.code == KeyCode::escape ||
                    (key.code == KeyCode::backspace && filter.empty());
  if (ends) edits_filter = false;
  if (key.code == KeyCode::escape) filter.clear();
  if (key.code == KeyCode::backspace && !filter.empty()) filter.pop_back();
  if (key.code == KeyCode::character && filter.size() < SymbolText::kMaxSize)
    filter += upper_case({&key.character, 1});
}

void WatchState::keep_cursor_visible(std::size_t rows, std::size_t height) noexcept {
  cursor = std::min(cursor, rows - std::min<std::size_t>(rows, 1));
  first_row = std::min({first_row, cursor, rows - std::min(rows, height)});
  if (cursor >= first_row + height) first_row = cursor - height + 1;
}

void WatchState::keep_within(std::size_t lines, std::size_t height) noexcept {
  first_line = std::min(first_line, lines - std::min(lines, height));
}

bool WatchState::shows(std::string_view symbol) const noexcept {
  return symbol.find(filter) != std::string_view::npos;
}

std::string_view WatchState::arrow(WatchOrder column) const noexcept {
  if (column != order || order == WatchOrder::given) return {};
  const bool largest_first = order == WatchOrder::change || order == WatchOrder::ticks;
  return largest_first == reversed ? "▲" : "▼";
}

std::string WatchState::order_text() const {
  constexpr std::string_view kNames[] = {"as given", "by name", "by change", "by age",
                                         "by ticks/s"};
  const std::string_view name = kNames[static_cast<std::size_t>(order)];
  if (order == WatchOrder::given) return fmt::format("{}{}", name, reversed ? ", reversed" : "");
  return fmt::format("{} {}", name, arrow(order));
}

std::string WatchState::footer(std::string_view position, std::size_t columns) const {
  if (edits_filter)
    return fitted({{"filter: " + filter + "_", 0}, {"Enter keep", 2}, {"Esc show all", 1}},
                  columns);
  const std::string at(position);
  if (page != WatchPage::table)
    return fitted({{at, 2}, {"Esc back", 0}, {"q quit", 1}, {at.empty() ? "" : "↑↓ scroll", 3}},
                  columns);
  return fitted({{at, 3},
                 {order_text(), 4},
                 {filter.empty() ? "" : fmt::format("only {} (Esc: all)", filter), 2},
                 {"q quit", 0},
                 {"? help", 1},
                 {"Enter details", 5},
                 {"/ filter", 6},
                 {"n c a t sort", 7},
                 {"r reverse", 8}},
                columns);
}

}  // namespace tickcache::cli
