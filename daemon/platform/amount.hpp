// Numbers that may have more digits than a Decimal: volumes and the portfolio's amounts.
#pragma once

#include <string_view>

#include "tickcache/text.hpp"

namespace tickcache::daemon {

/// Stores `number`, which follows JSON's grammar of numbers, as plain text (no exponent) of the
/// same value: to the letter if it fits, otherwise without trailing zeros of its fraction.
/// Returns false and leaves `amount` alone if `number` is no such number or does not fit. Never
/// rounds or cuts.
bool assign_amount(std::string_view number, AmountText& amount) noexcept;

}  // namespace tickcache::daemon
