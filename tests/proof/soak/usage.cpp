#include "tests/proof/soak/usage.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tickcache::test {

namespace {

/// The number behind `name` and a colon in a file of such lines; 0 if there is none.
double field(const std::filesystem::path& file, const std::string& name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1));
  }
  return 0;
}

}  // namespace

Usage usage_of(pid_t pid) {
  const std::filesystem::path process = "/proc/" + std::to_string(pid);
  Usage usage;
  // Not statm: the kernel counts there in batches of many pages.
  usage.memory = field(process / "smaps_rollup", "Anonymous");
  usage.address = field(process / "status", "VmSize");
  usage.threads = field(process / "status", "Threads");
  const std::filesystem::directory_iterator open(process / "fd");
  usage.descriptors = static_cast<double>(std::distance(begin(open), end(open)));
  std::uint64_t ran_ns = 0;
  std::ifstream(process / "schedstat") >> ran_ns;
  usage.cpu = static_cast<double>(ran_ns) / 1e9;
  return usage;
}

SharedMemory shared_memory_of(const std::string& prefix) {
  SharedMemory sum;
  for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
    if (!entry.path().filename().string().starts_with(prefix)) continue;
    std::error_code gone;
    const auto size = entry.file_size(gone);
    if (gone) continue;
    sum.size += static_cast<double>(size) / 1024;
    sum.files += 1;
  }
  return sum;
}

}  // namespace tickcache::test
