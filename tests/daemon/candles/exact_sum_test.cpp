#include "daemon/candles/exact_sum.hpp"

#include <doctest/doctest.h>

#include <string>

namespace tickcache::daemon {
namespace {

AmountText amount(std::string_view text) {
  AmountText result;
  REQUIRE(result.assign(text));
  return result;
}

std::string sum_of(std::initializer_list<std::string_view> terms) {
  ExactSum sum;
  for (const std::string_view term : terms) sum.add(*Decimal::parse(term));
  return std::string(sum.text().view());
}

TEST_CASE("a sum has every digit of its terms") {
  CHECK(sum_of({}) == "0");
  CHECK(sum_of({"0.1", "0.2"}) == "0.3");
  CHECK(sum_of({"1", "0.00000001", "2.50"}) == "3.50000001");
  CHECK(sum_of({"9223372036854775807", "9223372036854775807", "0.000000000000000001"}) ==
        "18446744073709551614.000000000000000001");
  CHECK(sum_of({"-1.5", "1"}) == "-0.5");
  CHECK(sum_of({"0.00", "0"}) == "0.00");
}

TEST_CASE("a sum that does not fit is unknown, not rounded") {
  ExactSum sum(amount("9999999999999999999999999999999999999"));
  CHECK(sum.text() == "9999999999999999999999999999999999999");
  sum.add(*Decimal::parse("0.1"));
  CHECK(sum.text().empty());
  sum.add(*Decimal::parse("1"));
  CHECK(sum.text().empty());
  ExactSum without;
  without.add(ExactSum(amount("")));
  CHECK(without.text().empty());
  CHECK(ExactSum(amount("1.2.3")).text().empty());
}

TEST_CASE("sums are compared by their values") {
  CHECK(ExactSum(amount("52195561.20186450")) == ExactSum(amount("52195561.2018645")));
  CHECK_FALSE(ExactSum(amount("1")) == ExactSum(amount("1.1")));
  CHECK_FALSE(ExactSum(amount("1")) == ExactSum(amount("")));
}

}  // namespace
}  // namespace tickcache::daemon
