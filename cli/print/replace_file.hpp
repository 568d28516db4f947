// Replaces a file atomically: its readers see the old content or the new, never a mixture.
#pragma once

#include <string>
#include <string_view>

namespace tickcache::cli {

/// Writes `content` to a temporary file beside `path` and renames it. Keeps the mode of an existing
/// file. If it throws std::runtime_error, the file is unchanged.
void replace_file(const std::string& path, std::string_view content);

}  // namespace tickcache::cli
