// Numbers that may have more digits than a Decimal: volumes and portfolio amounts.
#pragma once

#include <string_view>

#include "tickcache/text.hpp"

namespace tickcache::daemon {

/// Stores a JSON number as text without an exponent and with the same value: unchanged if it fits,
/// otherwise without trailing zeros of its fraction. Returns false and leaves `amount` unchanged if
/// `number` is not a JSON number or does not fit. Never rounds or truncates.
bool assign_amount(std::string_view number, AmountText& amount) noexcept;

}  // namespace tickcache::daemon
