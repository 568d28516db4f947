#include "options/nearest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <tuple>
#include <utility>

#include "options/text.hpp"

namespace tickcache::options {
namespace {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, row);
  }
  return previous[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view wrong, const std::vector<std::string_view>& names,
                         std::size_t max_edits) {
  const std::string given = lower_case(wrong.substr(0, 64));
  // Of names that are equally near, the shortest, then the first in the alphabet.
  auto best = std::tuple(max_edits + 1, std::size_t{0}, std::string_view());
  for (const std::string_view name : names) {
    const std::string candidate = lower_case(name);
    // "BTC", "port": the beginning of a name counts as near.
    const bool begins_it = given.size() >= 3 && candidate.starts_with(given);
    const std::size_t distance = begins_it ? 1 : edit_distance(given, candidate);
    if (distance < given.size()) best = std::min(best, std::tuple(distance, name.size(), name));
  }
  return std::get<std::string_view>(best);
}

std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& names,
                       std::size_t max_edits) {
  const std::string_view near = nearest(wrong, names, max_edits);
  return near.empty() ? std::string() : "; did you mean \"" + std::string(near) + "\"?";
}

}  // namespace tickcache::options
