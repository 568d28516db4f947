// A file whose readers find the old content or the new one, never a part.
#pragma once

#include <string>
#include <string_view>

namespace tickcache::cli {

/// Makes `content` what the file `path` holds: writes a file beside it and renames that. The mode
/// of a file that is there stays. Throws std::runtime_error, and leaves it as it was.
void replace_file(const std::string& path, std::string_view content);

}  // namespace tickcache::cli
