// Draws numbers as a row of small bars.
#pragma once

#include <span>
#include <string>

namespace tickcache::cli {

/// One character per value, from the lowest bar for the minimum to the highest for the maximum. If
/// all are equal, the lowest.
[[nodiscard]] std::string sparkline(std::span<const double> values);

}  // namespace tickcache::cli
