// Text with blanks, filled in.
#pragma once

#include <map>
#include <string>

namespace tickcache::generate {

/// What stands in place of @NAME@ and so on, by name.
using Blanks = std::map<std::string, std::string>;

/// `text` with its blanks filled in. Of each part between the lines @IF_COMMANDS@, perhaps @ELSE@,
/// and @END@ the one stays that `has_commands` chooses.
[[nodiscard]] std::string filled(const std::string& text, const Blanks& blanks, bool has_commands);

}  // namespace tickcache::generate
