// The segment as a file: its name, how readers open it, and the checks that make a mapping safe.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libcache/segment/segment_view.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache {

inline constexpr std::string_view kDefaultSegment = "tickcache";

/// The first of `name`, TICKCACHE_SEGMENT and the default that is not empty.
std::string resolve_segment_name(std::string_view name);

/// A name has 1 to 200 of A-Z a-z 0-9 . _ -, and must not begin with '.' or '-' or end in
/// ".next" or ".lock".
bool is_segment_name(std::string_view name) noexcept;

/// The path of the POSIX shared memory of that name. Does not allocate: lookups call it.
Text<256> segment_path(std::string_view name) noexcept;

/// Why opening failed, in detail.
struct OpenFailure {
  OpenError code = OpenError::none;
  int error_number = 0;      ///< errno, if a system call failed
  unsigned owner = 0;        ///< stranger, permission: the file's owner
  unsigned group = 0;        ///< permission: the file's group
  unsigned mode = 0;         ///< permission: the file's mode
  unsigned found_major = 0;  ///< other_version
  unsigned found_minor = 0;

  /// What is wrong with segment `name`, why, and how to fix it.
  [[nodiscard]] std::string message(std::string_view name) const;
};

/// A descriptor that closes itself.
struct Descriptor {
  explicit Descriptor(int opened) noexcept : fd(opened) {}
  Descriptor(Descriptor&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
  int fd;
};

/// A whole segment mapped into this process; unmapped on destruction.
class Mapping {
 public:
  Mapping() = default;
  Mapping(void* base, std::size_t size, const struct stat& file) noexcept
      : base_(static_cast<std::byte*>(base)),
        size_(size),
        device_(file.st_dev),
        inode_(file.st_ino) {}
  Mapping(Mapping&& other) noexcept { swap(other); }
  Mapping& operator=(Mapping&& other) noexcept {
    swap(other);
    return *this;
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  explicit operator bool() const noexcept { return base_ != nullptr; }
  [[nodiscard]] std::byte* base() const noexcept { return base_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Whether `file` is the mapped file.
  [[nodiscard]] bool is(const struct stat& file) const noexcept {
    return base_ && file.st_dev == device_ && file.st_ino == inode_;
  }

 private:
  void swap(Mapping& other) noexcept;

  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Copies the header at the start of `bytes`, with the parts that this version knows, and checks
/// it. Reads nothing beyond `size`.
OpenFailure check_header(const std::byte* bytes, std::size_t size, layout::Header& out) noexcept;

/// The user that the daemon usually runs as: TICKCACHE_USER (a name or a number) or "tickcache", if
/// it exists. Queries the user database, which can be slow: do not call it in lookups.
std::optional<uid_t> service_user();

/// Maps segment `name` after checking that it is a regular file, owned by this user, root or
/// TICKCACHE_USER, not writable by others, with a sound header. `access` is O_RDONLY, or O_RDWR for
/// a writer that takes over; `trusted` is service_user(). Never blocks, whatever file has the name,
/// and allocates nothing.
OpenFailure open_segment(std::string_view name, int access, std::optional<uid_t> trusted,
                         Mapping& mapping, layout::Header& header) noexcept;

}  // namespace tickcache
