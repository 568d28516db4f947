// Exact decimal numbers, never rounded: the exchange's digits, an exponent written out.
#pragma once

#include <charconv>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "tickcache/export.hpp"

namespace tickcache {

/// mantissa / 10^scale. "64521.30000000" is {6452130000000, 8} and prints back unchanged; "4.5E-7"
/// is {45, 8} and prints as "0.00000045".
struct Decimal {
  std::int64_t mantissa = 0;
  std::uint8_t scale = 0;  ///< digits after the decimal point, 0 to kMaxScale
  std::uint8_t reserved[7] = {};

  static constexpr int kMaxScale = 18;
  /// Buffer size for to_chars(): sign, 19 digits, "0.", terminator.
  static constexpr std::size_t kMaxChars = 24;

  /// Parses a number in JSON's grammar: digits, an optional fraction, an optional exponent. If it
  /// does not fit, drops trailing zeros of the fraction; never rounds. Returns nothing if `text` is
  /// not such a number or still does not fit.
  static constexpr std::optional<Decimal> parse(std::string_view text) noexcept;

  /// Writes the number without an exponent, and a terminating zero. `out` must have kMaxChars
  /// bytes. Returns a pointer to the terminator. A scale over kMaxScale (a corrupt record) prints
  /// as kMaxScale.
  constexpr char* to_chars(char* out) const noexcept;
  [[nodiscard]] std::string str() const {
    char text[kMaxChars];
    return {text, to_chars(text)};
  }

  /// The nearest double.
  [[nodiscard]] double to_double() const noexcept;

  /// By value, exactly, whatever the scales: 1.0 == 1.00. Weak, as the two still print differently.
  [[nodiscard]] friend constexpr std::weak_ordering operator<=>(const Decimal& a,
                                                                const Decimal& b) noexcept {
    if (a.scale == b.scale) return a.mantissa <=> b.mantissa;
    const Parts left = a.parts();
    const Parts right = b.parts();
    if (left.whole != right.whole) return left.whole <=> right.whole;
    return left.fraction <=> right.fraction;
  }
  [[nodiscard]] friend constexpr bool operator==(const Decimal& a, const Decimal& b) noexcept {
    return std::is_eq(a <=> b);
  }

  /// Whether both also have the same digits, so that they print alike.
  [[nodiscard]] constexpr bool same_digits(const Decimal& other) const noexcept {
    return mantissa == other.mantissa && scale == other.scale;
  }

 private:
  /// The digits before and after the point, the latter in units of 10^-kMaxScale. Both have the
  /// number's sign.
  struct Parts {
    std::int64_t whole;
    std::int64_t fraction;
  };
  [[nodiscard]] constexpr Parts parts() const noexcept {
    std::int64_t unit = 1;  // 10^18 fits
    std::int64_t rest = 1;
    for (int digit = 0; digit < kMaxScale; ++digit) (digit < scale ? unit : rest) *= 10;
    return {mantissa / unit, mantissa % unit * rest};
  }
};

static_assert(sizeof(Decimal) == 16);

namespace detail {

/// value = value * 10 + digit, unless that exceeds the largest mantissa.
constexpr bool append_digit(std::uint64_t& value, unsigned digit) noexcept {
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (value > (kMax - digit) / 10) return false;
  value = value * 10 + digit;
  return true;
}

/// Appends `count` zeros, unless the result exceeds the largest mantissa.
constexpr bool append_zeros(std::uint64_t& value, std::int64_t count) noexcept {
  if (value == 0) return true;
  if (count > 18) return false;
  for (; count > 0; --count) {
    if (!append_digit(value, 0)) return false;
  }
  return true;
}

}  // namespace detail

constexpr std::optional<Decimal> Decimal::parse(std::string_view text) noexcept {
  std::size_t i = 0;
  const auto at_digit = [&] { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) ++i;
  if (!at_digit()) return std::nullopt;

  std::uint64_t value = 0;
  // Zeros are held back until a later digit needs them, so that trailing ones can be dropped.
  std::int64_t held_zeros = 0;
  const auto take = [&](char c) {
    if (c == '0') {
      ++held_zeros;
      return true;
    }
    const bool fits = detail::append_zeros(value, held_zeros) &&
                      detail::append_digit(value, static_cast<unsigned>(c - '0'));
    held_zeros = 0;
    return fits;
  };

  if (text[i] == '0') {
    ++i;
    if (at_digit()) return std::nullopt;  // "007"
  }
  while (at_digit()) {
    if (!take(text[i++])) return std::nullopt;
  }

  std::int64_t fraction_digits = 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!at_digit()) return std::nullopt;
    for (; at_digit(); ++fraction_digits) {
      if (!take(text[i++])) return std::nullopt;
    }
  }

  std::int64_t exponent = 0;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    const bool minus = i < text.size() && text[i] == '-';
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (!at_digit()) return std::nullopt;
    while (at_digit()) {
      // Beyond any text's number of digits, and too small for the sums below to overflow.
      if (exponent < 1'000'000'000'000) exponent = exponent * 10 + (text[i] - '0');
      ++i;
    }
    if (minus) exponent = -exponent;
  }
  if (i != text.size()) return std::nullopt;

  // As written, the number is (value and the held zeros) / 10^wanted.
  const std::int64_t wanted = fraction_digits - exponent;
  std::int64_t scale = wanted - held_zeros;
  if (scale < 0) {
    if (!detail::append_zeros(value, -scale)) return std::nullopt;
    scale = 0;
  } else if (scale > kMaxScale) {
    if (value != 0) return std::nullopt;
    scale = kMaxScale;
  }
  // Restore as many of the fraction's trailing zeros as fit, so that it prints unchanged.
  while (scale < wanted && scale < kMaxScale && detail::append_digit(value, 0)) ++scale;

  const auto mantissa = static_cast<std::int64_t>(value);
  return Decimal{negative ? -mantissa : mantissa, static_cast<std::uint8_t>(scale), {}};
}

constexpr char* Decimal::to_chars(char* out) const noexcept {
  const int digits_after = scale > kMaxScale ? kMaxScale : scale;
  auto value = static_cast<std::uint64_t>(mantissa);
  if (mantissa < 0) {
    *out++ = '-';
    value = 0 - value;
  }
  char reversed[kMaxChars] = {};
  int count = 0;
  for (int digit = 0; value != 0 || digit <= digits_after; ++digit) {
    if (digit == digits_after && digit > 0) reversed[count++] = '.';
    reversed[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  while (count > 0) *out++ = reversed[--count];
  *out = '\0';
  return out;
}

inline double Decimal::to_double() const noexcept {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  if (mantissa <= kExact && mantissa >= -kExact && scale <= kMaxScale) {
    double divisor = 1;  // exact up to 10^22
    for (int i = 0; i < scale; ++i) divisor *= 10;
    return static_cast<double>(mantissa) / divisor;  // one rounding: the nearest
  }
  char text[kMaxChars];
  double result = 0;
  std::from_chars(text, to_chars(text), result);
  return result;
}

}  // namespace tickcache
