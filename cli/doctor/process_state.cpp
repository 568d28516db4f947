#include "cli/doctor/process_state.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

namespace tickcache::cli {
namespace {

std::string path_of(pid_t pid, const char* file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

struct Stat {
  char state = 0;
  std::int64_t started_boot_ns = 0;
};

/// proc(5), /proc/PID/stat: the third field, and the 22nd.
std::optional<Stat> read_stat(pid_t pid) {
  std::ifstream file(path_of(pid, "stat"));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The name, in parentheses, may hold anything.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  Stat result;
  fields >> result.state;
  std::string skipped;
  for (int i = 4; i < 22; ++i) fields >> skipped;
  std::int64_t ticks = 0;
  if (!(fields >> ticks)) return std::nullopt;
  result.started_boot_ns = ticks * (1'000'000'000 / sysconf(_SC_CLK_TCK));
  return result;
}

/// What follows `name` in a file of lines that begin with names.
std::optional<std::string> value_of(const std::string& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream fields(line.substr(name.size()));
    std::string value;
    fields >> value;
    return value;
  }
  return std::nullopt;
}

}  // namespace

ProcessState process_state(pid_t pid, std::int64_t at_ns) {
  const auto stat = read_stat(pid);
  if (!stat || stat->started_boot_ns > at_ns) return ProcessState::gone;
  switch (stat->state) {
    case 'T':
    case 't':
      return ProcessState::stopped;
    case 'D':
      return ProcessState::blocked;
    case 'Z':
    case 'X':
      return ProcessState::gone;
    default:
      return ProcessState::running;
  }
}

std::optional<bool> leaves_core(pid_t pid) {
  const auto limit = value_of(path_of(pid, "limits"), "Max core file size");
  const auto user = value_of(path_of(pid, "status"), "Uid:");
  if (!limit || !user) return std::nullopt;
  // A process that forbids dumps of itself (PR_SET_DUMPABLE) belongs to root in /proc.
  struct stat directory {};
  const bool forbidden =
      stat(path_of(pid, "").c_str(), &directory) == 0 && directory.st_uid == 0 && *user != "0";
  if (forbidden || *limit == "1") return false;
  // core(5): a limit of none keeps the kernel from writing a file, not from piping to a program.
  return *limit != "0" || value_of("/proc/sys/kernel/core_pattern", "|").has_value();
}

}  // namespace tickcache::cli
