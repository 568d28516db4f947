#include "cli/doctor/logind.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

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
