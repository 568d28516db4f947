#include "cli/watch/watch_state.hpp"

#include <doctest/doctest.h>

#include "cli/print/text.hpp"

using namespace tickcache::cli;

namespace {

constexpr std::size_t kPage = 10;

bool type(WatchState& state, std::string_view keys) {
  bool goes_on = true;
  for (const char key : keys) goes_on = state.on_key({KeyCode::character, key}, kPage);
  return goes_on;
}

void press(WatchState& state, KeyCode code) { CHECK(state.on_key({code}, kPage)); }

}  // namespace

TEST_CASE("q quits, but not where text is typed") {
  WatchState state;
  CHECK(type(state, "nca"));
  CHECK_FALSE(type(state, "q"));
  CHECK(type(state, "/q"));
  CHECK(state.filter == "Q");
}

TEST_CASE("keys choose the order, r reverses it until the next choice") {
  WatchState state;
  type(state, "c");
  CHECK(state.order == WatchOrder::change);
  type(state, "r");
  CHECK(state.reversed);
  type(state, "c");
  CHECK(state.reversed);
  type(state, "t");
  CHECK(state.order == WatchOrder::ticks);
  CHECK_FALSE(state.reversed);
  type(state, "a");
  CHECK(state.order == WatchOrder::age);
  type(state, "n");
  CHECK(state.order == WatchOrder::name);
}

TEST_CASE("a filter is typed, kept and taken back") {
  WatchState state;
  type(state, "/eth");
  CHECK(state.filter == "ETH");
  CHECK(state.shows("ETHUSDT"));
  CHECK_FALSE(state.shows("BTCUSDT"));
  CHECK(state.footer("", 80).starts_with("filter: ETH_"));
  press(state, KeyCode::backspace);
  CHECK(state.filter == "ET");
  press(state, KeyCode::enter);
  CHECK_FALSE(state.edits_filter);
  CHECK(state.footer("", 80).find("only ET (Esc: all)") != std::string::npos);
  press(state, KeyCode::escape);
  CHECK(state.shows("BTCUSDT"));
  type(state, "/x");
  press(state, KeyCode::escape);
  CHECK(state.filter.empty());
  CHECK_FALSE(state.edits_filter);
  type(state, "/");
  press(state, KeyCode::backspace);
  CHECK_FALSE(state.edits_filter);
  type(state, "/" + std::string(100, 'a'));
  CHECK(state.filter.size() == 31);
}

TEST_CASE("the footer fits the screen: whole items are left out, the least important first") {
  WatchState state;
  const auto footer = [&](std::size_t columns) { return state.footer("1-19 of 40", columns); };
  CHECK(footer(80) ==
        "1-19 of 40  by name ▲  q quit  ? help  Enter details  / filter  n c a t sort");
  CHECK(footer(60) == "1-19 of 40  by name ▲  q quit  ? help  Enter details");
  CHECK(footer(40) == "1-19 of 40  by name ▲  q quit  ? help");
  CHECK(footer(15) == "q quit  ? help");
  CHECK(footer(3) == "q q");
  CHECK(state.footer("", 80) ==
        "by name ▲  q quit  ? help  Enter details  / filter  n c a t sort  r reverse");
  type(state, "cr/usdt");
  press(state, KeyCode::enter);
  CHECK(footer(61) == "1-19 of 40  by change ▲  only USDT (Esc: all)  q quit  ? help");
  CHECK(footer(60) == "1-19 of 40  only USDT (Esc: all)  q quit  ? help");
  CHECK(footer(40) == "only USDT (Esc: all)  q quit  ? help");
  for (std::size_t columns = 1; columns < 120; ++columns)
    CHECK(display_width(footer(columns)) <= columns);
}

TEST_CASE("Enter and ? open a page, Escape returns, q quits from everywhere") {
  WatchState state;
  CHECK(type(state, "j?"));
  CHECK(state.page == WatchPage::help);
  CHECK(state.footer("", 80) == "Esc back  q quit");
  CHECK(state.footer("1-5 of 15", 80) == "1-5 of 15  Esc back  q quit  ↑↓ scroll");
  type(state, "jjjc");
  CHECK(state.order == WatchOrder::name);
  CHECK(state.first_line == 3);
  state.keep_within(12, kPage);
  CHECK(state.first_line == 2);
  press(state, KeyCode::escape);
  CHECK(state.page == WatchPage::table);
  CHECK(state.cursor == 1);
  press(state, KeyCode::enter);
  CHECK(state.page == WatchPage::details);
  CHECK(state.first_line == 0);
  CHECK_FALSE(type(state, "q"));
}

TEST_CASE("the marked row stays within the rows, and the screen shows it") {
  WatchState state;
  constexpr std::size_t kRows = 35;
  struct Place {
    std::size_t cursor;
    std::size_t first_row;
    bool operator==(const Place&) const = default;
  };
  const auto after = [&](KeyCode code) {
    press(state, code);
    state.keep_cursor_visible(kRows, kPage);
    return Place{state.cursor, state.first_row};
  };
  CHECK(after(KeyCode::up) == Place{0, 0});
  CHECK(after(KeyCode::down) == Place{1, 0});
  CHECK(after(KeyCode::page_down) == Place{11, 2});
  CHECK(after(KeyCode::up) == Place{10, 2});
  CHECK(after(KeyCode::end) == Place{34, 25});
  CHECK(after(KeyCode::down) == Place{34, 25});
  CHECK(after(KeyCode::page_up) == Place{24, 24});
  CHECK(after(KeyCode::home) == Place{0, 0});
  press(state, KeyCode::end);
  type(state, "c");
  CHECK(state.cursor == 0);
  press(state, KeyCode::end);
  state.keep_cursor_visible(3, kPage);
  CHECK(state.cursor == 2);
  CHECK(state.first_row == 0);
  state.keep_cursor_visible(0, kPage);
  CHECK(state.cursor == 0);
}
