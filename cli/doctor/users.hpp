// Users and groups, and what systemd-logind does when they log out.
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

/// Whether logind runs and removes the files in /dev/shm of users without a session
/// (logind.conf(5), RemoveIPC).
[[nodiscard]] bool logind_removes_ipc();

/// Whether RemoveIPC applies to the user: neither root nor a system user.
[[nodiscard]] bool is_login_user(uid_t user) noexcept;

}  // namespace tickcache::cli
