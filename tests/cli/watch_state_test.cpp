#include "cli/watch/watch_state.hpp"

#include <doctest/doctest.h>

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
  CHECK(state.footer().starts_with("filter: ETH_"));
  press(state, KeyCode::backspace);
  CHECK(state.filter == "ET");
  press(state, KeyCode::enter);
  CHECK_FALSE(state.edits_filter);
  CHECK(state.footer().find("only ET, Esc: all") != std::string::npos);
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

TEST_CASE("scrolling stays within the rows") {
  WatchState state;
  constexpr std::size_t kRows = 35;
  const auto after = [&](KeyCode code) {
    press(state, code);
    state.keep_within(kRows, kPage);
    return state.first_row;
  };
  CHECK(after(KeyCode::up) == 0);
  CHECK(after(KeyCode::down) == 1);
  CHECK(after(KeyCode::page_down) == 11);
  CHECK(after(KeyCode::end) == 25);
  CHECK(after(KeyCode::down) == 25);
  CHECK(after(KeyCode::page_up) == 15);
  CHECK(after(KeyCode::home) == 0);
  press(state, KeyCode::end);
  state.keep_within(3, kPage);
  CHECK(state.first_row == 0);
}
