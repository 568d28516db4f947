// The segments of this machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tickcache::cli {

inline constexpr const char* kSegmentDirectory = "/dev/shm";

[[nodiscard]] std::string path_of_segment(const std::string& name);

/// Names of the segments of all users, sorted: files that begin as one, and those with a writer's
/// lock beside them, which this user may be unable to read or to trust.
[[nodiscard]] std::vector<std::string> segment_names();

/// "2.2", the layout's version; nothing if the file cannot be read or is no segment.
[[nodiscard]] std::optional<std::string> layout_version(const std::string& name);

}  // namespace tickcache::cli
