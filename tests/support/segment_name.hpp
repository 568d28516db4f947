// A segment name that no other test uses.
#pragma once

#include <dirent.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace tickcache::test {

/// Names a segment after this process; whatever lies under the name (segment, lock, half-made
/// successor) is removed before and after. What a test that was killed left behind is removed by
/// the next test to begin.
class SegmentName {
 public:
  SegmentName() {
    static const bool swept = sweep();
    static std::atomic<unsigned> next{0};
    name_ = std::string(kPrefix) + std::to_string(getpid()) + "-" + std::to_string(next++);
    if (swept) remove_all();
  }
  ~SegmentName() {
    if (owner_ == getpid()) remove_all();  // not in a forked child
  }
  SegmentName(const SegmentName&) = delete;
  SegmentName& operator=(const SegmentName&) = delete;

  [[nodiscard]] const std::string& str() const noexcept { return name_; }
  operator const std::string&() const noexcept { return name_; }  // NOLINT: it is the name
  [[nodiscard]] std::string path() const { return "/dev/shm/" + name_; }
  [[nodiscard]] std::string next_path() const { return path() + ".next"; }
  [[nodiscard]] std::string lock_path() const { return path() + ".lock"; }

 private:
  static constexpr std::string_view kPrefix = "tickcache-test-";

  void remove_all() const {
    for (const std::string& path : {path(), next_path(), lock_path()}) {
      if (unlink(path.c_str()) != 0) rmdir(path.c_str());
    }
  }

  /// Removes what processes that are dead now have left.
  static bool sweep() {
    DIR* directory = opendir("/dev/shm");
    if (directory == nullptr) return false;
    while (const dirent* entry = readdir(directory)) {
      if (std::strncmp(entry->d_name, kPrefix.data(), kPrefix.size()) != 0) continue;
      const long pid = std::strtol(entry->d_name + kPrefix.size(), nullptr, 10);
      if (pid <= 0 || kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH) continue;
      const std::string path = std::string("/dev/shm/") + entry->d_name;
      if (unlink(path.c_str()) != 0) rmdir(path.c_str());
    }
    closedir(directory);
    return true;
  }

  pid_t owner_ = getpid();
  std::string name_;
};

}  // namespace tickcache::test
