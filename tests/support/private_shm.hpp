// A /dev/shm of one's own, as small as wanted.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace tickcache::test {

/// Gives this process (a child: it cannot be undone) a /dev/shm of `kilobytes`. False if the system
/// does not let it.
inline bool mount_private_shm(unsigned kilobytes) {
  const std::string user = std::to_string(geteuid());
  const std::string group = std::to_string(getegid());
  if (unshare(CLONE_NEWNS) != 0) {
    // Who is not root may, in a user namespace where the own number stays what it is.
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << user + " " + user + " 1";
    std::ofstream("/proc/self/gid_map") << group + " " + group + " 1";
  }
  const std::string size = "size=" + std::to_string(kilobytes) + "k,mode=1777";
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()) == 0;
}

}  // namespace tickcache::test
