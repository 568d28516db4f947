#include "cli/watch/watch_state.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/print/text.hpp"
#include "tickcache/text.hpp"

namespace tickcache::cli {

bool WatchState::on_key(Key key, std::size_t page) {
  if (edits_filter) {
    edit_filter(key);
    return true;
  }
  if (key.is('q') || key.is('Q')) return false;
  const WatchOrder before = order;
  if (key.is('n')) order = WatchOrder::name;
  if (key.is('c')) order = WatchOrder::change;
  if (key.is('a')) order = WatchOrder::age;
  if (key.is('t')) order = WatchOrder::ticks;
  if (order != before) reversed = false;
  if (key.is('r')) reversed = !reversed;
  if (key.is('/')) edits_filter = true;
  if (key.code == KeyCode::escape) filter.clear();
  scroll(key, page);
  return true;
}

void WatchState::edit_filter(Key key) {
  first_row = 0;
  const bool ends = key.code == KeyCode::enter || key.code == KeyCode::escape ||
                    (key.code == KeyCode::backspace && filter.empty());
  if (ends) edits_filter = false;
  if (key.code == KeyCode::escape) filter.clear();
  if (key.code == KeyCode::backspace && !filter.empty()) filter.pop_back();
  if (key.code == KeyCode::character && filter.size() < SymbolText::kMaxSize)
    filter += upper_case({&key.character, 1});
}

void WatchState::scroll(Key key, std::size_t page) noexcept {
  const auto up = [&](std::size_t rows) { first_row -= std::min(first_row, rows); };
  if (key.code == KeyCode::up || key.is('k')) up(1);
  if (key.code == KeyCode::down || key.is('j')) ++first_row;
  if (key.code == KeyCode::page_up) up(page);
  if (key.code == KeyCode::page_down || key.is(' ')) first_row += page;
  if (key.code == KeyCode::home) first_row = 0;
  if (key.code == KeyCode::end) first_row = static_cast<std::size_t>(-1) / 2;  // keep_within()
}

void WatchState::keep_within(std::size_t rows, std::size_t page) noexcept {
  first_row = std::min(first_row, rows - std::min(rows, page));
}

bool WatchState::shows(std::string_view symbol) const noexcept {
  return symbol.find(filter) != std::string_view::npos;
}

std::string WatchState::footer() const {
  if (edits_filter) return fmt::format("filter: {}_  Enter keeps it, Esc shows all", filter);
  const std::string filtered = filter.empty() ? "" : fmt::format("  only {}, Esc: all", filter);
  return fmt::format("q quit  / filter  sort by: n name  c change  a age  t ticks/s  r reverse{}",
                     filtered);
}

}  // namespace tickcache::cli
