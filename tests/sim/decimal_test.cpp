#include "sim/decimal.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using namespace tickcache::sim;

TEST_CASE("a plain decimal becomes a mantissa, anything else does not") {
  CHECK(book_mantissa("64521.30000000") == 6452130000000);
  CHECK(book_mantissa("0.00000045") == 45);
  CHECK(book_mantissa("7") == 700000000);
  for (const char* text : {"", ".", "-1", "1e5", "4.5E-7", "0.123456789", "NaN", "1.2.3",
                           "99999999999999999999", "99999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(book_mantissa(text));
  }
}

TEST_CASE("a decimal is written as Python writes it") {
  CHECK(decimal_text("64521.30000000") == "64521.30000000");
  CHECK(decimal_text("0.00000136") == "0.00000136");
  CHECK(decimal_text("0.00000045") == "4.5E-7");
  CHECK(decimal_text("-0.00000001") == "-1E-8");
  CHECK(decimal_text("0.00000000") == "0E-8");
  CHECK(decimal_text("0.0000") == "0.0000");
  CHECK(decimal_text("0") == "0");
  CHECK(decimal_text("nonsense") == "nonsense");
  CHECK(book_text(45) == "4.5E-7");
  CHECK(book_text(-1225904700) == "-12.25904700");
}

TEST_CASE("amounts are computed with Python's 28 digits") {
  // Both as the platform computed them.
  CHECK(product_text(6449420105400, 1970986832302069) == "1271172210372.762197461807260");
  CHECK(product_text(30277684179, 155609129511000) == "471148407.8703166706469000");
  CHECK(percent_text(258085200, 6450646010100) == "0.00400092");
  CHECK(percent_text(0, 6450646010100) == "0E-8");
  CHECK(percent_text(1, 0) == "0");
}
