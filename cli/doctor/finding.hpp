// What doctor finds: one thing that is as it should be, or is not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/exit_code.hpp"

namespace tickcache::cli {

enum class Level : std::uint8_t { ok, note, warning, problem };

struct Finding {
  Level level = Level::ok;
  std::string check;   ///< which one, in a word that does not change: "daemon", "subscription" …
  std::string what;    ///< printable, like the others
  std::string why;     ///< empty: nothing more is to be said
  std::string remedy;  ///< empty: nothing needs to be done
  ExitCode code = ExitCode::ok;  ///< what a problem exits with
};

using Findings = std::vector<Finding>;

[[nodiscard]] std::string_view to_string(Level level) noexcept;

}  // namespace tickcache::cli
