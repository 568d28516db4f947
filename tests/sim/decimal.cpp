#include "sim/decimal.hpp"

#include <algorithm>
#include <cstddef>

#include "sim/fixed_point.hpp"

namespace tickcache::sim {
namespace {

constexpr int kSignificant = 28;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_plain(std::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == text.npos ? "" : text.substr(point + 1);
  return !whole.empty() && std::all_of(whole.begin(), whole.end(), is_digit) &&
         std::all_of(fraction.begin(), fraction.end(), is_digit);
}

// value · 10^-digits, value not negative.
std::string plain_text(Wide value, int digits) {
  std::string text;
  for (; value > 0; value /= 10) text += static_cast<char>('0' + static_cast<int>(value % 10));
  while (text.size() <= static_cast<std::size_t>(digits)) text += '0';
  std::reverse(text.begin(), text.end());
  if (digits > 0) text.insert(text.size() - static_cast<std::size_t>(digits), 1, '.');
  return text;
}

}  // namespace

std::optional<std::int64_t> book_mantissa(std::string_view text) {
  constexpr std::int64_t kMost = std::int64_t{1} << 59;
  if (text.empty() || !is_digit(text.front()) || !is_plain(text)) return std::nullopt;
  std::int64_t mantissa = 0;
  int fraction = -1;  // digits after the point; -1 before it
  for (const char c : text) {
    if (c == '.') {
      fraction = 0;
      continue;
    }
    if (fraction >= 0) ++fraction;
    if (fraction > kBookDigits || mantissa > kMost / 10) return std::nullopt;
    mantissa = mantissa * 10 + (c - '0');
  }
  for (int digits = std::max(fraction, 0); digits < kBookDigits; ++digits) {
    if (mantissa > kMost / 10) return std::nullopt;
    mantissa *= 10;
  }
  return mantissa;
}

std::string decimal_text(std::string_view plain) {
  // Python: an exponent if the first significant digit is behind the sixth place.
  constexpr std::size_t kPlainZeros = 5;
  if (!is_plain(plain)) return std::string(plain);
  const bool negative = plain.front() == '-';
  const std::string_view text = plain.substr(negative ? 1 : 0);
  const std::size_t point = text.find('.');
  if (point == text.npos || text.substr(0, point) != "0") return std::string(plain);
  const std::string_view fraction = text.substr(point + 1);
  const std::size_t zeros = std::min(fraction.find_first_not_of('0'), fraction.size());
  const bool is_zero = zeros == fraction.size();
  // A zero counts from its last place: 0E-8.
  const std::size_t first = is_zero ? fraction.size() : zeros + 1;
  if (first <= kPlainZeros + 1) return std::string(plain);
  std::string out = negative ? "-" : "";
  if (is_zero) return out + "0E-" + std::to_string(first);
  out += fraction[zeros];
  if (zeros + 1 < fraction.size()) {
    out += '.';
    out += fraction.substr(zeros + 1);
  }
  return out + "E-" + std::to_string(first);
}

std::string book_text(std::int64_t mantissa) {
  return decimal_text(fixed_text(mantissa, kBookDigits));
}

std::string wide_text(Wide value, int digits) {
  return decimal_text(value < 0 ? "-" + plain_text(-value, digits) : plain_text(value, digits));
}

std::int64_t rounded(Wide value) {
  constexpr std::int64_t kUnit = 100'000'000;
  return static_cast<std::int64_t>((value < 0 ? value - kUnit / 2 : value + kUnit / 2) / kUnit);
}

std::string quotient_text(Wide a, Wide b) {
  if (a == 0 || b == 0) return "0";
  const bool negative = (a < 0) != (b < 0);
  a = a < 0 ? -a : a;
  b = b < 0 ? -b : b;
  std::string digits = plain_text(a / b, 0);
  Wide rest = a % b;
  if (rest > 0) digits += '.';
  // Zeros in front are not significant.
  int significant = digits.front() == '0' ? 0 : static_cast<int>(digits.find('.'));
  for (; rest > 0 && significant < kSignificant; rest %= b) {
    rest *= 10;
    digits += static_cast<char>('0' + static_cast<int>(rest / b));
    if (significant > 0 || digits.back() != '0') ++significant;
  }
  return decimal_text(negative ? "-" + digits : digits);
}

std::string product_text(std::int64_t a, std::int64_t b) {
  Wide product = Wide{a} * b;
  int digits = 2 * kBookDigits;
  Wide bound = 1;
  for (int i = 0; i < kSignificant; ++i) bound *= 10;
  while (product >= bound) {
    product = (product + 5) / 10;
    --digits;
  }
  return wide_text(product, digits);
}

std::string percent_text(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "0";
  constexpr std::int64_t kHundred = 100 * 100'000'000LL;
  return book_text(static_cast<std::int64_t>(Wide{part} * kHundred / whole));
}

}  // namespace tickcache::sim
