// What systemd-logind does to the shared memory of users who log out.
#pragma once

#include <sys/types.h>

namespace tickcache::cli {

/// Whether it runs and removes what users without a session have in /dev/shm (logind.conf(5),
/// RemoveIPC).
[[nodiscard]] bool logind_removes_ipc();

/// A user whom that concerns: neither root nor a system user.
[[nodiscard]] bool is_login_user(uid_t user) noexcept;

}  // namespace tickcache::cli
