#include "encode/csv.hpp"

#include <doctest/doctest.h>

#include "encode/line.hpp"

using namespace tickcache;
using namespace tickcache::encode;

TEST_CASE("values are quoted only where they must be") {
  JsonLine line;
  line.text("plain", "BTCUSDT");
  line.text("comma", "a,b");
  line.text("quote", "say \"hi\"");
  line.text("break", "one\ntwo");
  line.text("broken", "\xff");
  line.text("turned", "a\u202eb\u009bc");
  line.text("tag", "\U000e0041");
  const std::string json = line.finish();
  CHECK(csv_header(json) == "plain,comma,quote,break,broken,turned,tag\n");
  CHECK(
      csv_line(json) ==
      "BTCUSDT,\"a,b\",\"say \"\"hi\"\"\",one\\ntwo,\xEF\xBF\xBD,a\\u202eb\\u009bc,\\U000e0041\n");
}

TEST_CASE("what is unknown is empty") {
  JsonLine line;
  line.null("a");
  line.decimal("b", std::nullopt);
  line.decimal("c", Decimal::parse("1.50"));
  line.milliseconds("d", std::nullopt);
  line.milliseconds("e", 2'999'999);
  line.time("f", 0);
  line.time("g", 1'771'860'645'123'000'000);
  line.boolean("h", false);
  line.number("i", 18'446'744'073'709'551'615U);
  CHECK(csv_line(line.finish()) ==
        ",,1.50,,2,,2026-02-23T15:30:45.123Z,false,18446744073709551615\n");
}
