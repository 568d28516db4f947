#include "daemon/platform/amount.hpp"

#include <doctest/doctest.h>

#include <string>

using tickcache::AmountText;
using tickcache::daemon::assign_amount;

namespace {

std::string amount(std::string_view number) {
  AmountText text;
  text.assign("untouched");
  const bool stored = assign_amount(number, text);
  if (!stored) CHECK(text == "untouched");
  return stored ? std::string(text.view()) : "refused";
}

TEST_CASE("amounts are kept to the letter where they fit") {
  for (const char* text :
       {"0", "-0.00", "12345.6789", "660.65", "-58.20", "1.2345678901234567890123456789",
        "0.0000000000000000000000000000000000001", "999999999999999999999999999999999999999",
        "100"}) {
    CAPTURE(text);
    CHECK(amount(text) == text);
  }
}

TEST_CASE("exponents are printed plain") {
  CHECK(amount("1E+3") == "1000");
  CHECK(amount("-1e-8") == "-0.00000001");
  CHECK(amount("0E-8") == "0.00000000");
  CHECK(amount("0e5") == "0");
  CHECK(amount("8.11e-06") == "0.00000811");
  CHECK(amount("1.50e1") == "15.0");
  CHECK(amount("1200e-2") == "12.00");
  CHECK(amount("0.05e1") == "0.5");
  CHECK(amount("0.5e1") == "5");
  CHECK(amount("1e38") == "1" + std::string(38, '0'));
  CHECK(amount("1e39") == "refused");
  CHECK(amount("-1e38") == "refused");
  CHECK(amount("1e-37") == "0." + std::string(36, '0') + "1");
  CHECK(amount("1e-38") == "refused");
  CHECK(amount("1e999999999999999999999") == "refused");
  CHECK(amount("1e-999999999999999999999") == "refused");
  CHECK(amount("0e999999999999999999999") == "0");
}

TEST_CASE("what does not fit loses zeros of its fraction, or is refused, never cut") {
  CHECK(amount("1." + std::string(60, '0')) == "1." + std::string(37, '0'));
  CHECK(amount("0.5" + std::string(60, '0')) == "0.5" + std::string(36, '0'));
  const std::string nines(38, '9');
  CHECK(amount(nines + ".0") == nines);
  CHECK(amount(nines + "9.00") == nines + "9");
  CHECK(amount(nines + ".5") == "refused");
  CHECK(amount("0." + nines) == "refused");
  CHECK(amount("1" + std::string(39, '0')) == "refused");
  CHECK(amount("1" + std::string(500, '0') + "e-500") == "1." + std::string(37, '0'));
}

TEST_CASE("what is no JSON number is refused") {
  for (const char* text : {"", "-", "+1", ".5", "5.", "01", "1e", "1e+", "NaN", "inf", "1 ", " 1",
                           "1,000", "N/A", "0x1", "1.2.3", "--1", "1e5.0"}) {
    CAPTURE(text);
    CHECK(amount(text) == "refused");
  }
}

}  // namespace
