// A row of numbers as a row of little bars.
#pragma once

#include <span>
#include <string>

namespace tickcache::cli {

/// One character for each value, from the lowest bar for the least to the highest for the greatest.
/// The lowest for all if they are equal.
[[nodiscard]] std::string sparkline(std::span<const double> values);

}  // namespace tickcache::cli
