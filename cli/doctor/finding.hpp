// A finding of `doctor`: something that is in order or not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"

namespace tickcache::cli {

enum class Level : std::uint8_t { ok, note, warning, problem };

struct Finding {
  Level level = Level::ok;
  std::string check;             ///< a stable name: "daemon", "subscription" …
  std::string what;              ///< printable, like the others
  std::string why;               ///< empty: no explanation
  std::string remedy;            ///< empty: nothing to do
  ExitCode code = ExitCode::ok;  ///< the exit code for a problem
};

using Findings = std::vector<Finding>;

[[nodiscard]] std::string_view to_string(Level level) noexcept;

}  // namespace tickcache::cli
