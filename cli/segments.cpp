#include "cli/segments.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>

#include "tickcache/layout.hpp"

namespace tickcache::cli {

std::string path_of_segment(const std::string& name) {
  return fmt::format("{}/{}", kSegmentDirectory, name);
}

std::vector<std::string> segment_names() {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(kSegmentDirectory, none)) {
    const std::string name = entry.path().filename();
    if (!std::filesystem::is_regular_file(entry.symlink_status(none))) continue;
    if (name.ends_with(".lock") || name.ends_with(".next")) continue;
    if (layout_version(name) ||
        std::filesystem::is_regular_file(path_of_segment(name + ".lock"), none)) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::string> layout_version(const std::string& name) {
  // Anybody may put anything there: a FIFO must not block, a link not lead elsewhere.
  const int file = open(path_of_segment(name).c_str(),
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (file < 0) return std::nullopt;
  layout::Header header;
  constexpr std::size_t kNeeded = offsetof(layout::Header, header_size);
  const ssize_t size = read(file, &header, kNeeded);
  close(file);
  if (size != ssize_t{kNeeded} || header.magic != layout::kMagic) return std::nullopt;
  return fmt::format("{}.{}", header.major, header.minor);
}

}  // namespace tickcache::cli
