#include "cli/watch/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace tickcache::cli {

std::string sparkline(std::span<const double> values) {
  constexpr std::array<std::string_view, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.empty()) return {};
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const double span = *greatest - *least;
  std::string bars;
  for (const double value : values) {
    const double part = span > 0 ? (value - *least) / span : 0;  // 0 to 1
    const auto bar = static_cast<std::size_t>(part * kBars.size());
    bars += kBars[std::min(bar, kBars.size() - 1)];
  }
  return bars;
}

}  // namespace tickcache::cli
