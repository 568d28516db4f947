// "Did you mean …?"
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::options {

/// The name nearest to `wrong`, ignoring case. Empty if none is within `max_edits` edits.
[[nodiscard]] std::string_view nearest(std::string_view wrong,
                                       const std::vector<std::string_view>& names,
                                       std::size_t max_edits = 2);

/// `; did you mean "get"?`, or an empty string.
[[nodiscard]] std::string suggestion(std::string_view wrong,
                                     const std::vector<std::string_view>& names,
                                     std::size_t max_edits = 2);

}  // namespace tickcache::options
