#include "libcache/segment/segment_file.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "libcache/segment/kernel_file.hpp"

namespace tickcache {

namespace {

constexpr std::size_t kDatabaseEntry = 16384;

/// Empty if the group has no name on this machine.
std::string group_name(gid_t id) {
  std::vector<char> buffer(kDatabaseEntry);
  group entry{};
  group* found = nullptr;
  getgrgid_r(id, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->gr_name : std::string();
}

std::string user_name(uid_t id) {
  std::vector<char> buffer(kDatabaseEntry);
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(id, &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_name : "with the number " + std::to_string(id);
}

/// Who may read the segment, and how this user can get access.
std::string permission_text(const OpenFailure& failure) {
  const std::string owner = "the user " + user_name(failure.owner);
  if ((failure.mode & S_IRGRP) == 0) {
    return "only its owner may, " + owner +
           ": set segment-mode = 0640 in tickcached.conf, then restart tickcached";
  }
  const std::string group = group_name(failure.group);
  // Readers should not have to join an administrative group.
  if (failure.group == 0) {
    return "only " + owner + " and the group root may: run this program as that user, or " +
           "tickcached as its service does, as a user and with a group of its own";
  }
  if (group.empty()) {
    const std::string number = std::to_string(failure.group);
    return "only " + owner + " and the group with the number " + number +
           " may, which has no name here: run this program as that user or with that group (in a " +
           "container: --group-add " + number + ")";
  }
  return "join the group " + group + " (usermod -aG), then log in again";
}

/// errno of a failed open().
OpenFailure open_failure(const char* path, int error_number) noexcept {
  switch (error_number) {
    case ENOENT:
      return {OpenError::missing, error_number};
    case ELOOP:  // a symbolic link
    case ENXIO:  // a socket, or a FIFO opened for writing
    case ENODEV:
    case EISDIR:
      return {OpenError::not_a_segment, error_number};
    case EACCES:
    case EPERM: {
      struct stat file {};
      lstat(path, &file);
      return {OpenError::permission, error_number, file.st_uid, file.st_gid, file.st_mode};
    }
    default:
      return {OpenError::system, error_number};
  }
}

/// The user that stands for all those without a number in this user namespace: anybody.
uid_t overflow_user() noexcept {
  char buffer[32];
  std::string_view text;
  uid_t user = 65534;
  if (read_kernel_file("/proc/sys/kernel/overflowuid", buffer, text) == 0) {
    std::from_chars(text.data(), text.data() + text.size(), user);
  }
  return user;
}

/// Whether the opened file can be trusted.
OpenFailure check_file(const struct stat& file, std::optional<uid_t> trusted) noexcept {
  if (!S_ISREG(file.st_mode)) return {OpenError::not_a_segment};
  const bool is_known = file.st_uid == geteuid() || file.st_uid == 0 || file.st_uid == trusted;
  if (!is_known || file.st_uid == overflow_user()) {
    return {OpenError::stranger, 0, file.st_uid};
  }
  if ((file.st_mode & (S_IWGRP | S_IWOTH)) != 0) return {OpenError::unsafe_mode};
  return {};
}

}  // namespace

std::optional<uid_t> service_user() {
  const char* name = std::getenv("TICKCACHE_USER");
  if (name == nullptr || *name == '\0') name = "tickcache";
  std::vector<char> buffer(kDatabaseEntry);
  passwd entry{};
  passwd* found = nullptr;
  getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found);
  if (found != nullptr) return found->pw_uid;
  // A container need not know the name.
  const std::string_view text = name;
  uid_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string resolve_segment_name(std::string_view name) {
  if (!name.empty()) return std::string(name);
  const char* from_environment = std::getenv("TICKCACHE_SEGMENT");
  if (from_environment != nullptr && *from_environment != '\0') return from_environment;
  return std::string(kDefaultSegment);
}

bool is_segment_name(std::string_view name) noexcept {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !name.empty() && name.size() <= 200 && name[0] != '.' && name[0] != '-' &&
         name.find_first_not_of(kAllowed) == std::string_view::npos && !name.ends_with(".next") &&
         !name.ends_with(".lock");
}

Text<256> segment_path(std::string_view name) noexcept {
  constexpr std::string_view kDirectory = "/dev/shm/";
  Text<256> path;
  path.assign(kDirectory);
  name = name.substr(0, Text<256>::kMaxSize - kDirectory.size());
  std::memcpy(path.bytes + kDirectory.size(), name.data(), name.size());
  return path;
}

std::string OpenFailure::message(std::string_view name) const {
  const std::string what =
      "segment \"" + std::string(name) + "\" (" + segment_path(name).c_str() + ")";
  switch (code) {
    case OpenError::none:
      return {};
    case OpenError::missing:
      return what + " does not exist: start tickcached, or name another with TICKCACHE_SEGMENT";
    case OpenError::bad_name:
      return "\"" + std::string(name) +
             "\" is no segment name: use 1 to 200 letters, digits, '.', '_' or '-', beginning with "
             "a letter, digit or '_', and not ending in .next or .lock";
    case OpenError::permission:
      return what + " may not be read by this user: " + permission_text(*this);
    case OpenError::stranger:
      if (owner == overflow_user()) {
        return what +
               " belongs to a user who has no number in this user namespace, or to nobody: " +
               "its prices are not to be trusted; in a container, map the number of tickcached's " +
               "user to itself (docs/operations.md, \"Containers\")";
      }
      return what + " belongs to the user with the number " + std::to_string(owner) +
             ", who is neither this user, root nor the user that TICKCACHE_USER names: its prices "
             "are not to be trusted; if they are, set TICKCACHE_USER to that user's name or number";
    case OpenError::unsafe_mode:
      return what +
             " can be written by its group or by others: its prices are not to be trusted; "
             "remove the file and restart tickcached";
    case OpenError::not_a_segment:
      return what + " was not made by tickcached: remove it, or choose another segment name";
    case OpenError::other_version:
      return what + " has layout version " + std::to_string(found_major) + "." +
             std::to_string(found_minor) + ", this program reads those of major version " +
             std::to_string(layout::kMajor) +
             ": install the same version of tickcached and libtickcache, then restart both";
    case OpenError::damaged:
      return what + " is damaged (truncated, or its header makes no sense): restart tickcached";
    case OpenError::other_clock:
      return what +
             " was written on another machine or in another time namespace, whose clock is not "
             "this program's: run both in the same, or read it there";
    case OpenError::system:
      return what + " cannot be opened: " + std::strerror(error_number);
  }
  return what + " cannot be opened";
}

Mapping::~Mapping() {
  if (base_ != nullptr) munmap(base_, size_);
}

void Mapping::swap(Mapping& other) noexcept {
  std::swap(base_, other.base_);
  std::swap(size_, other.size_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
}

OpenFailure check_header(const std::byte* bytes, std::size_t size, layout::Header& out) noexcept {
  constexpr std::size_t kVersionEnd = offsetof(layout::Header, header_size);
  constexpr std::size_t kFixed = offsetof(layout::Header, parts);
  if (size < kVersionEnd) return {OpenError::not_a_segment};
  out = {};
  std::memcpy(static_cast<void*>(&out), bytes, std::min(size, kFixed));
  if (out.magic != layout::kMagic) return {OpenError::not_a_segment};
  if (out.major != layout::kMajor) {
    return {.code = OpenError::other_version, .found_major = out.major, .found_minor = out.minor};
  }
  // Instance 0 means a handle that was never resolved.
  if (size < kFixed || out.instance == 0 || !header_is_sound(out, size)) {
    return {OpenError::damaged};
  }
  const std::uint32_t known = std::min<std::uint32_t>(out.part_count, layout::kPartCount);
  for (std::uint32_t i = 0; i < known; ++i) {
    const std::byte* place = bytes + out.header_size + std::size_t{i} * out.part_stride;
    std::memcpy(&out.parts[i], place, sizeof out.parts[i]);
  }
  return geometry_is_sound(out, size) ? OpenFailure{} : OpenFailure{OpenError::damaged};
}

OpenFailure open_segment(std::string_view name, int access, std::optional<uid_t> trusted,
                         Mapping& mapping, layout::Header& header) noexcept {
  if (!is_segment_name(name)) return {OpenError::bad_name};
  const Text<256> path = segment_path(name);
  // O_NONBLOCK: a FIFO of that name must not block us.
  const Descriptor file(open(path.c_str(), access | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.fd < 0) return open_failure(path.c_str(), errno);
  struct stat status {};
  if (fstat(file.fd, &status) != 0) return {OpenError::system, errno};
  if (OpenFailure result = check_file(status, trusted); result.code != OpenError::none)
    return result;
  if (status.st_size <= 0) return {OpenError::not_a_segment};

  const auto size = static_cast<std::size_t>(status.st_size);
  const int protection = access == O_RDONLY ? PROT_READ : PROT_READ | PROT_WRITE;
  void* base = mmap(nullptr, size, protection, MAP_SHARED, file.fd, 0);
  if (base == MAP_FAILED) return {OpenError::system, errno};
  Mapping mapped(base, size, status);
  if (OpenFailure result = check_header(mapped.base(), size, header);
      result.code != OpenError::none) {
    return result;
  }
  mapping = std::move(mapped);
  return {};
}

}  // namespace tickcache
