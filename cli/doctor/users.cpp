#include "cli/doctor/users.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <vector>

#include "cli/print/text.hpp"

namespace tickcache::cli {
namespace {

namespace fs = std::filesystem;

/// The last value that the file gives RemoveIPC, or `before`.
std::string setting(const fs::path& path, std::string before) {
  constexpr std::string_view kName = "RemoveIPC=";
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    line.erase(0, line.find_first_not_of(" \t"));
    if (line.starts_with(kName)) before = lower_case(line.substr(kName.size()));
  }
  return before.substr(0, before.find_last_not_of(" \t\r") + 1);
}

}  // namespace

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

bool logind_removes_ipc() {
  std::error_code none;
  if (!fs::exists("/run/systemd/system", none)) return false;  // sd_booted(3)
  std::string value = setting("/etc/systemd/logind.conf", "");
  // Drop-ins by name, whatever the directory; of two with one name, that in /etc counts.
  std::map<fs::path, fs::path> drop_ins;
  for (const char* directory : {"/usr/lib", "/usr/local/lib", "/run", "/etc"}) {
    const fs::path folder = fs::path(directory) / "systemd/logind.conf.d";
    for (const auto& entry : fs::directory_iterator(folder, none)) {
      if (entry.path().extension() == ".conf") drop_ins[entry.path().filename()] = entry.path();
    }
  }
  for (const auto& [name, path] : drop_ins) value = setting(path, value);
  for (const char* no : {"no", "false", "off", "0", "n", "f"}) {
    if (value == no) return false;
  }
  return true;
}

bool is_login_user(uid_t user) noexcept {
  constexpr uid_t kLastSystemUser = 999;  // SYS_UID_MAX of login.defs(5)
  constexpr uid_t kNobody = 65534;
  return user > kLastSystemUser && user != kNobody;
}

}  // namespace tickcache::cli
