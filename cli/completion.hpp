// What the hidden command __complete prints for the shells.
#pragma once

#include <string>
#include <vector>

namespace tickcache::cli {

/// What may stand in place of the last of `words`, which follow the program's name: commands,
/// options, their values, and what the segment that they name holds (options/completion.hpp).
[[nodiscard]] std::string completions(const std::vector<std::string>& words);

}  // namespace tickcache::cli
