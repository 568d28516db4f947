#include "cli/print/table.hpp"

#include <doctest/doctest.h>

using namespace tickcache::cli;

namespace {

Table prices() {
  Table table({{"SYMBOL", Align::left}, {"PRICE", Align::point}, {"AGE", Align::right}});
  table.add({{"BTCUSDT"}, {"64521.30"}, {"0.2 s"}});
  table.add({{"X"}, {"7"}, {"41 s"}});
  table.add({{"NOPE"}, {"-"}, {""}});
  return table;
}

}  // namespace

TEST_CASE("columns are aligned, without blanks at the end of a line") {
  CHECK(prices().text(false) ==
        "SYMBOL      PRICE    AGE\n"
        "BTCUSDT  64521.30  0.2 s\n"
        "X            7      41 s\n"
        "NOPE         -\n");
}

TEST_CASE("characters of two columns do not shift what follows them") {
  Table table({{"SYMBOL", Align::left}, {"PRICE", Align::point}});
  table.add({{"币安人生USDT"}, {"0.05"}});
  table.add({{"BTCUSDT"}, {"64521.30"}});
  CHECK(table.text(false) ==
        "SYMBOL           PRICE\n"
        "币安人生USDT      0.05\n"
        "BTCUSDT       64521.30\n");
  CHECK(table.lines(false, 3)[1] == "币");
}

TEST_CASE("a line across the columns does not widen them") {
  Table table({{"A", Align::left}, {"B", Align::left}});
  table.add({{"1"}, {"2"}});
  table.add_line("something long", Style::plain);
  CHECK(table.text(false) == "A  B\n1  2\nsomething long\n");
}

TEST_CASE("colours do not count as width, and without titles there is no line of them") {
  Table table({{"", Align::left}, {"", Align::left}});
  table.add({{"live", Style::green}, {"2"}});
  CHECK(table.text(true) == "\x1b[32mlive\x1b[0m  2\n");
  CHECK(table.lines(true, 2)[0] == "\x1b[32mli\x1b[0m");
}

TEST_CASE("a narrow screen cuts lines") {
  const auto lines = prices().lines(false, 10);
  CHECK(lines[0] == "SYMBOL    ");
  CHECK(lines[1] == "BTCUSDT  6");
}
