// The output of the hidden command __complete.
#pragma once

#include <string>
#include <vector>

namespace tickcache::cli {

/// Completions of the last of `words`, which follow the program's name: commands, options, their
/// values, and symbols and series in the segment (options/completion.hpp).
[[nodiscard]] std::string completions(const std::vector<std::string>& words);

}  // namespace tickcache::cli
