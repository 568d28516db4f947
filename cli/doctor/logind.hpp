// Whether systemd-logind removes the shared memory of users who log out.
#pragma once

#include <sys/types.h>

namespace tickcache::cli {

/// Whether logind runs and removes the files in /dev/shm of users without a session
/// (logind.conf(5), RemoveIPC).
[[nodiscard]] bool logind_removes_ipc();

/// Whether RemoveIPC applies to the user: neither root nor a system user.
[[nodiscard]] bool is_login_user(uid_t user) noexcept;

}  // namespace tickcache::cli
