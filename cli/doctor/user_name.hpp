// Users and groups by name.
#pragma once

#include <sys/types.h>

#include <string>

namespace tickcache::cli {

/// "alice"; "number 1001" if it has no name.
[[nodiscard]] std::string user_name(uid_t user);
[[nodiscard]] std::string group_name(gid_t group);

/// Whether the group has a name, so that users can be added to it.
[[nodiscard]] bool has_name(gid_t group);

/// Whether the user database lists this process's user as a member of the group.
[[nodiscard]] bool is_listed_in(gid_t group);

}  // namespace tickcache::cli
