#include "cli/doctor/user_name.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace tickcache::cli {

std::string user_name(uid_t user) {
  const passwd* entry = getpwuid(user);
  return entry != nullptr ? entry->pw_name : "number " + std::to_string(user);
}

std::string group_name(gid_t group) {
  const ::group* entry = getgrgid(group);
  return entry != nullptr ? entry->gr_name : "number " + std::to_string(group);
}

bool has_name(gid_t group) { return getgrgid(group) != nullptr; }

bool is_listed_in(gid_t group) {
  const passwd* entry = getpwuid(geteuid());
  if (entry == nullptr) return false;
  const std::string name = entry->pw_name;
  const gid_t own = entry->pw_gid;
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  if (getgrouplist(name.c_str(), own, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(count));
    getgrouplist(name.c_str(), own, groups.data(), &count);
  }
  groups.resize(static_cast<std::size_t>(count));
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace tickcache::cli
