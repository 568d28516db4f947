#include "cli/watch/watch_table.hpp"

#include <doctest/doctest.h>

#include "cli/print/text.hpp"

using namespace tickcache;
using namespace tickcache::cli;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

struct Market {
  std::vector<TickerRow> rows;
  Histories histories;

  /// A symbol that began at 100, is now at `price` and has had `ticks` a second.
  void add(std::string symbol, std::string_view price, std::int64_t age_ns, std::uint64_t ticks) {
    TickerRow row{std::move(symbol), {}};
    row.ticker.has_value = true;
    row.ticker.freshness = Freshness::live;
    row.ticker.reason = Reason::none;
    row.ticker.age_ns = age_ns;
    row.ticker.value.set_price(*Decimal::parse("100"));
    History& history = histories[row.symbol];
    history.observe(row.ticker.value, 0);
    row.ticker.value.set_price(*Decimal::parse(price));
    row.ticker.value.updates = 10 * ticks;
    history.observe(row.ticker.value, 10 * kSecond);
    rows.push_back(std::move(row));
  }
  void add_unknown(std::string symbol) { rows.push_back({std::move(symbol), {}}); }
};

Market market() {
  Market result;
  result.add_unknown("NOPE");
  result.add("BTCUSDT", "101.00", 3 * kSecond, 5);
  result.add("1000SATSUSDT", "99.99999999", kSecond, 50);
  result.add("ETHUSDT", "150", 2 * kSecond, 1);
  return result;
}

std::string order(WatchOrder order, bool reversed = false, std::string filter = {}) {
  const Market here = market();
  WatchState state;
  state.order = order;
  state.reversed = reversed;
  state.filter = std::move(filter);
  std::string names;
  for (const TickerRow& row : arranged(here.rows, here.histories, state))
    names += (names.empty() ? "" : " ") + row.symbol.substr(0, 4);
  return names;
}

std::vector<std::string> lines(std::size_t columns, WatchOrder order = WatchOrder::given,
                               bool reversed = false) {
  const Market here = market();
  WatchState state;
  state.order = order;
  state.reversed = reversed;
  return watch_lines(here.rows, here.histories, state, Reason::none, columns, false);
}

}  // namespace

TEST_CASE("rows come in the order that was chosen, those without a value last") {
  CHECK(order(WatchOrder::given) == "NOPE BTCU 1000 ETHU");
  CHECK(order(WatchOrder::name) == "1000 BTCU ETHU NOPE");
  CHECK(order(WatchOrder::change) == "ETHU BTCU 1000 NOPE");
  CHECK(order(WatchOrder::age) == "1000 ETHU BTCU NOPE");
  CHECK(order(WatchOrder::ticks) == "1000 BTCU ETHU NOPE");
  CHECK(order(WatchOrder::change, true) == "1000 BTCU ETHU NOPE");
  CHECK(order(WatchOrder::given, true) == "ETHU 1000 BTCU NOPE");
  CHECK(order(WatchOrder::name, false, "USDT") == "1000 BTCU ETHU");
}

TEST_CASE("a wide screen has every column") {
  const auto wide = lines(100);
  CHECK(wide[0] == "SYMBOL               PRICE  FRESHNESS    AGE   CHANGE  TICKS/S  TREND");
  CHECK(wide[1].find("NOPE            -           missing        -        -        -") == 0);
  CHECK(wide[2].find("BTCUSDT       101.00        live       3.0 s   +1.00%      5.0  ") == 0);
  CHECK(wide[1].ends_with("never seen"));
}

TEST_CASE("the title says by which column the rows are sorted, and in which direction") {
  const auto has = [](const std::string& title, WatchOrder order, bool reversed = false) {
    return lines(100, order, reversed)[0].find(title) != std::string::npos;
  };
  CHECK(has("SYMBOL▲", WatchOrder::name));
  CHECK(has("SYMBOL▼", WatchOrder::name, true));
  CHECK(has(" AGE▲", WatchOrder::age));
  CHECK(has("CHANGE▼", WatchOrder::change));
  CHECK(has("CHANGE▲", WatchOrder::change, true));
  CHECK(has("TICKS/S▼", WatchOrder::ticks));
  CHECK_FALSE(has("▲", WatchOrder::given));
  // A narrow screen keeps it longer than the other columns.
  CHECK(lines(50, WatchOrder::ticks)[0].ends_with("TICKS/S▼"));
}

TEST_CASE("a narrower screen leaves columns out, but never symbol, price and freshness") {
  const auto titles_at = [](std::size_t columns) { return lines(columns)[0]; };
  CHECK(titles_at(70).ends_with("TICKS/S"));
  CHECK(titles_at(60).ends_with("CHANGE"));
  CHECK(titles_at(50).ends_with("AGE"));
  CHECK(titles_at(40).ends_with("FRESHNESS"));
  for (std::size_t columns = 24; columns <= 120; ++columns) {
    CAPTURE(columns);
    const auto all = lines(columns);
    REQUIRE(all.size() == 5);
    for (const std::string& line : all) CHECK(display_width(line) <= columns);
    CHECK(all[3].find("1000") == 0);
    CHECK(all[3].find("99.99999999 ") != std::string::npos);
    CHECK(all[3].find("live") != std::string::npos);
    CHECK(all[1].find("missi") != std::string::npos);
  }
  for (std::size_t columns = 1; columns < 24; ++columns) {
    for (const std::string& line : lines(columns)) CHECK(display_width(line) <= columns);
  }
}

TEST_CASE("the feed's own reason is not repeated in every row") {
  Market here = market();
  here.rows[1].ticker.freshness = Freshness::stale;
  here.rows[1].ticker.reason = Reason::silent;
  const auto text = [&](Reason known) {
    return watch_lines(here.rows, here.histories, {}, known, 200, false)[2];
  };
  CHECK(text(Reason::none).ends_with("feed connected but silent"));
  CHECK_FALSE(text(Reason::silent).ends_with("silent"));
}
