#include "daemon/platform/amount.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace tickcache::daemon {

namespace {

/// A number taken apart: the digits whole, fraction with the point moved by exponent.
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t exponent = 0;
};

std::string_view take_digits(std::string_view& text) noexcept {
  const auto size = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

bool take(std::string_view& text, char wanted) noexcept {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Parts> parse(std::string_view text) noexcept {
  Parts parts;
  parts.negative = take(text, '-');
  parts.whole = take_digits(text);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole[0] == '0')) return std::nullopt;
  if (take(text, '.')) {
    parts.fraction = take_digits(text);
    if (parts.fraction.empty()) return std::nullopt;
  }
  if (take(text, 'e') || take(text, 'E')) {
    const bool minus = take(text, '-');
    if (!minus) take(text, '+');
    const std::string_view digits = take_digits(text);
    if (digits.empty()) return std::nullopt;
    for (const char digit : digits) {
      // Beyond any message's number of digits, and too small for sums to overflow.
      if (parts.exponent < 1'000'000'000'000) parts.exponent = parts.exponent * 10 + (digit - '0');
    }
    if (minus) parts.exponent = -parts.exponent;
  }
  if (!text.empty()) return std::nullopt;
  return parts;
}

}  // namespace

bool assign_amount(std::string_view number, AmountText& amount) noexcept {
  const std::optional<Parts> parts = parse(number);
  if (!parts) return false;
  constexpr auto kRoom = static_cast<std::int64_t>(AmountText::kMaxSize);

  // The digits before `point` are whole; there are zeros on either side.
  const auto whole = static_cast<std::int64_t>(parts->whole.size());
  const std::int64_t size = whole + static_cast<std::int64_t>(parts->fraction.size());
  const std::int64_t point = whole + parts->exponent;
  const auto digit = [&](std::int64_t i) {
    if (i < 0 || i >= size) return '0';
    return i < whole ? parts->whole[static_cast<std::size_t>(i)]
                     : parts->fraction[static_cast<std::size_t>(i - whole)];
  };
  std::int64_t first = 0;  // that is not 0
  while (first < size && digit(first) == '0') ++first;
  std::int64_t last = size;  // after the last that is not 0
  while (last > 0 && digit(last - 1) == '0') --last;
  // At least one whole digit; all zeros have no other.
  const std::int64_t begin = last == 0 ? point - 1 : std::min(first, point - 1);
  const std::int64_t used = (parts->negative ? 1 : 0) + (point - begin);
  const std::int64_t needed = std::max<std::int64_t>(last - point, 0);
  if (used + (needed > 0 ? needed + 1 : 0) > kRoom) return false;
  // As many of the fraction's trailing zeros as there is room for, which may be none at all.
  const std::int64_t written = std::max<std::int64_t>(size - point, 0);
  const std::int64_t fraction = std::max<std::int64_t>(std::min(written, kRoom - used - 1), 0);

  char text[AmountText::kMaxSize];
  char* out = text;
  if (parts->negative) *out++ = '-';
  for (std::int64_t i = begin; i < point; ++i) *out++ = digit(i);
  if (fraction > 0) *out++ = '.';
  for (std::int64_t i = point; i < point + fraction; ++i) *out++ = digit(i);
  return amount.assign({text, static_cast<std::size_t>(out - text)});
}

}  // namespace tickcache::daemon
