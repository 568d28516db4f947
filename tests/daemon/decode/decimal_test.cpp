#include "tickcache/decimal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <random>
#include <string>

using tickcache::Decimal;

namespace {

struct Case {
  const char* text;
  const char* plain;  ///< what it prints as; null: it does not fit, or is no number
};

const char* const kNines18 = "999999999999999999";

TEST_CASE("numbers keep every digit where they fit") {
  const Case cases[] = {
      {"0", "0"},
      {"1", "1"},
      {"10", "10"},
      {"64521.30000000", "64521.30000000"},
      {"0.00000811", "0.00000811"},
      {"0.0", "0.0"},
      {"-1.50", "-1.50"},
      {"-0", "0"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775807", "-9223372036854775807"},
      {"9223372036854775808", nullptr},
      {"-9223372036854775808", nullptr},
      {"9.223372036854775807", "9.223372036854775807"},
      {"9.223372036854775808", nullptr},
      {"0.000000000000000001", "0.000000000000000001"},
      {"0.0000000000000000001", nullptr},
      {"0.000000000000000000", "0.000000000000000000"},
      {"0.0000000000000000000000", "0.000000000000000000"},
      // Trailing zeros of the fraction go first, and only as many as must.
      {"64521.300000000000000000000", "64521.30000000000000"},
      {"1.0000000000000000000", "1.000000000000000000"},
      {"9223372036854775807.00", "9223372036854775807"},
      {"922337203685477580.700", "922337203685477580.7"},
      {"1.00000000000000000001", nullptr},
      {"1234567890123456789012345678901234567890", nullptr},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto value = Decimal::parse(c.text);
    REQUIRE(value.has_value() == (c.plain != nullptr));
    if (value) CHECK(value->str() == c.plain);
  }
}

TEST_CASE("exponents are kept where they are exact") {
  const Case cases[] = {
      {"8.11e-06", "0.00000811"},
      {"4.5E-7", "0.00000045"},
      {"4.50E-7", "0.000000450"},
      {"0E-8", "0.00000000"},
      {"8.11E-06", "0.00000811"},
      {"1e3", "1000"},
      {"1E+3", "1000"},
      {"1.5e0", "1.5"},
      {"1.50e1", "15.0"},
      {"1200e-2", "12.00"},
      {"1e18", "1000000000000000000"},
      {"9e18", "9000000000000000000"},
      {"1e19", nullptr},
      {"1e-18", "0.000000000000000001"},
      {"1e-19", nullptr},
      {"10e-19", "0.000000000000000001"},
      {"0e-5", "0.00000"},
      {"0e999999999999999999999", "0"},
      {"0e-999999999999999999999", "0.000000000000000000"},
      {"1e999", nullptr},
      {"1e-999999999999999999999", nullptr},
      {"1e99999999999999999999999", nullptr},
      {"12300000000000000000000e-5", "123000000000000000.0"},
      {"100000000000000000000000000000e-29", "1.000000000000000000"},
      {"0.00000000000000000000000012e25", "1.2"},
      {"0.000000000000000000000000120e24", "0.120"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto value = Decimal::parse(c.text);
    REQUIRE(value.has_value() == (c.plain != nullptr));
    if (value) CHECK(value->str() == c.plain);
  }
}

TEST_CASE("an exponent beyond any digits is no shorter number") {
  // 1 followed by n zeros times 10^-n, with more zeros than any mantissa has digits.
  for (const int zeros : {1, 18, 19, 300, 100'000}) {
    const auto value = Decimal::parse("1" + std::string(zeros, '0') + "e-" + std::to_string(zeros));
    REQUIRE(value);
    CHECK(value->to_double() == 1.0);
  }
}

TEST_CASE("what is no JSON number is refused") {
  for (const char* text :
       {"",      " ",   "-",   "+1",    ".5",       "5.",   "1.e5", "01",      "-01", "00",
        "1 ",    " 1",  "1,5", "1_000", "0x10",     "1e",   "1e+",  "1e-",     "e5",  "1e5.0",
        "1.2.3", "--1", "NaN", "nan",   "Infinity", "-inf", "1f",   "\xD9\xA1"}) {
    CAPTURE(text);
    CHECK_FALSE(Decimal::parse(text));
  }
  CHECK_FALSE(Decimal::parse(std::string_view("1\0", 2)));
}

TEST_CASE("parsing works at compile time") {
  static_assert(Decimal::parse("64521.30000000")->mantissa == 6452130000000);
  static_assert(Decimal::parse("64521.30000000")->scale == 8);
  static_assert(!Decimal::parse("1e19"));
}

TEST_CASE("a corrupt scale prints as the greatest one") {
  Decimal corrupt;
  corrupt.mantissa = 1;
  corrupt.scale = 255;
  CHECK(corrupt.str() == "0.000000000000000001");
  corrupt.mantissa = std::numeric_limits<std::int64_t>::min();
  CHECK(corrupt.str() == "-9.223372036854775808");
}

TEST_CASE("numbers are compared by their values, whatever their scales") {
  const char* const ascending[] = {"-9223372036854775807",
                                   "-9.223372036854775807",
                                   "-1.10",
                                   "-1.0",
                                   "-0.000000000000000001",
                                   "0",
                                   "0.000000000000000001",
                                   "0.30",
                                   "0.5",
                                   "1.000000000000000000",
                                   "1.25",
                                   "2",
                                   "922337203685477580.7",
                                   "9223372036854775807"};
  for (std::size_t a = 0; a < std::size(ascending); ++a) {
    for (std::size_t b = 0; b < std::size(ascending); ++b) {
      INFO(ascending[a], " and ", ascending[b]);
      CHECK((*Decimal::parse(ascending[a]) <=> *Decimal::parse(ascending[b])) == (a <=> b));
    }
  }
  CHECK(*Decimal::parse("2") == *Decimal::parse("2.0"));
  CHECK(*Decimal::parse("2") >= *Decimal::parse("2.0"));
  CHECK(*Decimal::parse("1.0") == *Decimal::parse("1.00000000"));
  CHECK_FALSE(Decimal::parse("1.0")->same_digits(*Decimal::parse("1.00000000")));
  CHECK(Decimal::parse("1.0")->same_digits({10, 1, {}}));
  static_assert(Decimal{19, 1, {}} < Decimal{2, 0, {}});
  static_assert(Decimal{-5, 0, {}} < Decimal{-45, 1, {}});
}

TEST_CASE("to_double is the nearest double") {
  CHECK(Decimal::parse("64521.30")->to_double() == 64521.30);
  CHECK(Decimal::parse("0.1")->to_double() == 0.1);
  CHECK(Decimal::parse("-9223372036854775807")->to_double() == -9223372036854775807.0);
  CHECK(Decimal::parse("0.123456789012345678")->to_double() == 0.123456789012345678);
}

// --- Properties, checked against manipulation of the text ---

std::string random_digits(std::mt19937_64& random, std::size_t count) {
  std::string digits;
  for (std::size_t i = 0; i < count; ++i) digits += static_cast<char>('0' + random() % 10);
  return digits;
}

/// Digits with a point before the last `fraction` ones, without superfluous leading zeros.
std::string with_point(std::string digits, std::size_t fraction) {
  if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
  std::string whole = digits.substr(0, digits.size() - fraction);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  return fraction == 0 ? whole : whole + "." + digits.substr(digits.size() - fraction);
}

TEST_CASE("property: every number that fits prints as it was written") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200'000; ++i) {
    // Up to 18 digits fit whatever they are.
    const std::size_t size = 1 + random() % 18;
    const std::size_t fraction = random() % 19;
    const std::string digits = random_digits(random, size);
    const std::string text = with_point(digits, fraction);
    const bool negative = random() % 2 && digits.find_first_not_of('0') != std::string::npos;
    const std::string sent = negative ? "-" + text : text;
    CAPTURE(sent);
    const auto value = Decimal::parse(sent);
    REQUIRE(value);
    REQUIRE(value->str() == sent);
    REQUIRE(value->scale == fraction);
    REQUIRE(value->mantissa == std::stoll((negative ? "-" : "") + digits));
  }
}

TEST_CASE("property: moving the point into an exponent changes nothing") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t fraction = random() % 19;
    const std::string digits = random_digits(random, 1 + random() % 18);
    const std::string plain = with_point(digits, fraction);
    // The same number as x.y × 10^n: the point `moved` places further left.
    const std::size_t moved = random() % 40;
    std::string sent = with_point(digits, fraction + moved);
    sent += random() % 2 ? "e" : "E";
    if (random() % 2) sent += "+";
    sent += std::to_string(moved);
    CAPTURE(sent);
    const auto value = Decimal::parse(sent);
    REQUIRE(value);
    REQUIRE(value->str() == plain);
  }
}

TEST_CASE("property: too many digits are refused unless zeros can go") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100'000; ++i) {
    // 20 digits that neither begin nor end with 0 never fit.
    std::string digits = random_digits(random, 20);
    digits.front() = static_cast<char>('1' + random() % 9);
    digits.back() = static_cast<char>('1' + random() % 9);
    const std::size_t fraction = random() % 25;
    REQUIRE_FALSE(Decimal::parse(with_point(digits, fraction)));
    // 18 digits and any number of the fraction's zeros do.
    const std::string short_digits = kNines18 + std::string(1 + random() % 60, '0');
    const std::size_t zeros = short_digits.size() - 18;
    const auto value = Decimal::parse(with_point(short_digits, zeros + random() % 2));
    REQUIRE(value);
    REQUIRE(value->str().substr(0, 17) == std::string(kNines18).substr(0, 17));
  }
}

}  // namespace
