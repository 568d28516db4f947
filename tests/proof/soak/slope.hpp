// Whether something grows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tickcache::test {

/// By how much `values`, which were read at even intervals, grow from one to the next: the median
/// of the slopes between any two of them (Theil and Sen), which up to a quarter of outliers do not
/// move. 0 if there are less than two.
inline double slope_of(const std::vector<double>& values) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = i + 1; j < values.size(); ++j) {
      slopes.push_back((values[j] - values[i]) / static_cast<double>(j - i));
    }
  }
  if (slopes.empty()) return 0;
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::nth_element(slopes.begin(), middle, slopes.end());
  return *middle;
}

}  // namespace tickcache::test
