// The password for Redis, from a file.
#pragma once

#include <string>

#include "options/secret_file.hpp"

namespace tickcache::redis {

/// Sets `out` to the password in the file at `path`: one line of at most 512 bytes. Leaves it as it
/// is if there is a problem.
[[nodiscard]] options::SecretFile read_password(const std::string& path, std::string& out);

}  // namespace tickcache::redis
