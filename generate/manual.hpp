// What the manual pages take from the programs' own tables, in scdoc's format.
#pragma once

#include "generate/skeleton.hpp"

namespace tickcache::generate {

/// tickcache(1): COMMANDS, OPTIONS, EXIT_STATUS.
[[nodiscard]] Blanks client_manual();

/// tickcached(8) and tickcached.conf(5): OPTIONS, FILE_OPTIONS, EXIT_STATUS. Throws
/// std::runtime_error if the daemon's help has no exit codes.
[[nodiscard]] Blanks daemon_manual();

/// `text` so that scdoc prints it as it is.
[[nodiscard]] std::string literal(std::string_view text);

}  // namespace tickcache::generate
