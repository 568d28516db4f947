#include "daemon/candles/exact_sum.hpp"

#include <algorithm>
#include <string>

#include "daemon/platform/amount.hpp"

namespace tickcache::daemon {
namespace {

/// A sum of two of these has room for a third.
constexpr WideInteger kMost = WideInteger(1) << 126;

/// False, and no change, if that exceeds kMost.
bool scale_up(WideInteger& mantissa, unsigned by) noexcept {
  if (mantissa == 0) return true;
  WideInteger scaled = mantissa;
  for (; by > 0; --by) {
    if (scaled > kMost / 10 || scaled < -kMost / 10) return false;
    scaled *= 10;
  }
  mantissa = scaled;
  return true;
}

}  // namespace

ExactSum::ExactSum(const AmountText& text) noexcept {
  std::string_view rest = text.view();
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  known_ = !rest.empty();
  bool in_fraction = false;
  for (const char c : rest) {
    if (c == '.' && !in_fraction) {
      in_fraction = true;
      continue;
    }
    if (c < '0' || c > '9' || !scale_up(mantissa_, 1)) {
      known_ = false;
      return;
    }
    mantissa_ += c - '0';
    if (in_fraction) ++scale_;
  }
  if (negative) mantissa_ = -mantissa_;
}

void ExactSum::add(const ExactSum& sum) noexcept {
  if (!sum.known_) return add_unknown();
  add(sum.mantissa_, sum.scale_);
}

void ExactSum::add(WideInteger mantissa, unsigned scale) noexcept {
  if (!known_) return;
  if (scale != scale_) {
    const unsigned wider = std::max(scale, scale_);
    if (!scale_up(mantissa_, wider - scale_) || !scale_up(mantissa, wider - scale)) {
      return add_unknown();
    }
    scale_ = wider;
  }
  mantissa_ += mantissa;
  if (mantissa_ > kMost || mantissa_ < -kMost) add_unknown();
}

AmountText ExactSum::text() const noexcept {
  AmountText text;
  if (!known_) return text;
  char digits[64];
  char* const end = digits + sizeof digits;
  char* out = end;
  WideInteger rest = mantissa_ < 0 ? -mantissa_ : mantissa_;
  for (unsigned digit = 0; rest != 0 || digit <= scale_; ++digit) {
    if (digit == scale_ && digit > 0) *--out = '.';
    *--out = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (mantissa_ < 0) *--out = '-';
  assign_amount({out, static_cast<std::size_t>(end - out)}, text);
  return text;
}

bool operator==(const ExactSum& a, const ExactSum& b) noexcept {
  if (!a.known_ || !b.known_) return a.known_ == b.known_;
  WideInteger left = a.mantissa_;
  WideInteger right = b.mantissa_;
  return scale_up(left, std::max(a.scale_, b.scale_) - a.scale_) &&
         scale_up(right, std::max(a.scale_, b.scale_) - b.scale_) && left == right;
}

}  // namespace tickcache::daemon
