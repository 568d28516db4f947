// Users and groups by name.
#pragma once

#include <sys/types.h>

#include <string>

namespace tickcache::cli {

/// "alice"; "number 1001" if the system knows no name.
[[nodiscard]] std::string user_name(uid_t user);
[[nodiscard]] std::string group_name(gid_t group);

/// Whether the system knows a name of the group, so that users can be made its members.
[[nodiscard]] bool has_name(gid_t group);

/// Whether the user database has this process's user in the group.
[[nodiscard]] bool is_listed_in(gid_t group);

}  // namespace tickcache::cli
