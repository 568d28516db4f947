// Exact sums of decimals.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tickcache/decimal.hpp"
#include "tickcache/text.hpp"

namespace tickcache::daemon {

__extension__ using WideInteger = __int128;

/// A sum of decimals, with the most fraction digits of its terms. Never rounded: it is unknown once
/// a term is, or once it has more than 37 digits.
class ExactSum {
 public:
  /// Nothing is summed: 0.
  ExactSum() = default;
  /// `text`: a plain decimal, else unknown.
  explicit ExactSum(const AmountText& text) noexcept;

  void add(const Decimal& term) noexcept { add(term.mantissa, term.scale); }
  void add(const ExactSum& sum) noexcept;
  void add_unknown() noexcept { known_ = false; }

  /// Empty if it is unknown, or longer than fits.
  [[nodiscard]] AmountText text() const noexcept;
  /// By value. What is unknown equals nothing but what is unknown.
  friend bool operator==(const ExactSum& a, const ExactSum& b) noexcept;

 private:
  void add(WideInteger mantissa, unsigned scale) noexcept;

  WideInteger mantissa_ = 0;
  unsigned scale_ = 0;
  bool known_ = true;
};

}  // namespace tickcache::daemon
