// The segment as a file: names, opening for reading, and the checks that make a mapping safe.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "libcache/segment/segment_view.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache {

inline constexpr std::string_view kDefaultSegment = "tickcache";

/// `name`, or TICKCACHE_SEGMENT, or the default, whichever is first not empty.
std::string resolve_segment_name(std::string_view name);

/// 1 to 200 of A-Z a-z 0-9 . _ -, not beginning with '.' or '-', not ending in ".next" or ".lock".
bool is_segment_name(std::string_view name) noexcept;

/// Where POSIX shared memory of that name lies (no allocation: lookups call it).
Text<256> segment_path(std::string_view name) noexcept;

/// Why opening failed, in detail; message() makes a sentence of it.
struct OpenFailure {
  OpenError code = OpenError::none;
  int error_number = 0;      ///< errno, if the system refused
  unsigned owner = 0;        ///< stranger, permission: whose it is
  unsigned group = 0;        ///< permission: who may read
  unsigned mode = 0;         ///< permission
  unsigned found_major = 0;  ///< other_version
  unsigned found_minor = 0;

  /// What is wrong with `name`, why, and what to do.
  [[nodiscard]] std::string message(std::string_view name) const;
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
  /// Whether `file` is what is mapped.
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

/// Copies and checks the header at the start of `bytes`, with the parts that this version knows;
/// nothing beyond `size` is touched.
OpenFailure check_header(const std::byte* bytes, std::size_t size, layout::Header& out) noexcept;

/// The user that the daemon usually runs as, TICKCACHE_USER (a name or a number) or "tickcache", if
/// there is one. Asks the user database, which may take long: not for lookups.
std::optional<uid_t> service_user();

/// Maps segment `name` for reading after every check that a reader makes: a regular file, an owner
/// that is this user, root or TICKCACHE_USER, no write bit for others, a sound header. `access` is
/// O_RDONLY, or O_RDWR for a writer that takes over; `trusted` is service_user(). Never blocks,
/// whatever lies under the name, and allocates nothing.
OpenFailure open_segment(std::string_view name, int access, std::optional<uid_t> trusted,
                         Mapping& mapping, layout::Header& header) noexcept;

}  // namespace tickcache
