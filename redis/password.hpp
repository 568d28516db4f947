// The password for Redis, from a file.
#pragma once

#include <string>

namespace tickcache::redis {

/// Reads a password of one line, at most 512 bytes, without the line end. Returns an error message
/// that reveals nothing of it, or an empty string.
[[nodiscard]] std::string read_password(const std::string& path, std::string& out);

}  // namespace tickcache::redis
