#include "libcache/writer/segment_owner.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/interprocess/shared_memory_object.hpp>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "libcache/segment/futex.hpp"

namespace tickcache {

namespace {

namespace bip = boost::interprocess;
using Code = WriterError::Code;

[[noreturn]] void fail(const std::string& what, int error_number) {
  const Code code =
      error_number == ENOSPC || error_number == EDQUOT ? Code::no_space : Code::system;
  throw WriterError(code, what + ": " + std::strerror(error_number));
}

std::string path_of(const std::string& name) { return segment_path(name).c_str(); }

/// Opens the lock file, making it if there is none. Never opens an existing file with O_CREAT:
/// that fails for files of others in a sticky directory, and then says nothing useful.
int open_lock_file(const std::string& path) {
  for (;;) {
    constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    int fd = open(path.c_str(), kFlags);
    if (fd < 0 && errno == ENOENT) fd = open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0600);
    if (fd >= 0) return fd;
    if (errno == EEXIST) continue;  // another process has just created it: open that
    if (errno == EACCES || errno == EPERM || errno == ELOOP || errno == EISDIR || errno == ENXIO) {
      throw WriterError(Code::taken, path + " belongs to another user or is no regular file (" +
                                         std::strerror(errno) +
                                         "): run tickcached as that user, remove the file, or "
                                         "choose another segment name");
    }
    fail("cannot open the lock file " + path, errno);
  }
}

std::string holder(int fd) {
  char text[32] = {};
  const ssize_t size = pread(fd, text, sizeof text - 1, 0);
  const long pid = size > 0 ? std::strtol(text, nullptr, 10) : 0;
  return pid > 0 ? "process " + std::to_string(pid) : "another process";
}

/// Whether `path` still names the file that is open as `fd`.
bool still_names(const std::string& path, int fd) {
  struct stat named {
  }, opened{};
  return lstat(path.c_str(), &named) == 0 && fstat(fd, &opened) == 0 &&
         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

/// Takes the exclusive right to write segment `name`: an open file description lock on NAME.lock,
/// which is never removed. Throws WriterError.
Descriptor lock_segment(const std::string& name) {
  if (!is_segment_name(name)) {
    throw WriterError(Code::bad_name, OpenFailure{OpenError::bad_name}.message(name));
  }
  const std::string path = path_of(name) + ".lock";
  for (;;) {
    Descriptor lock(open_lock_file(path));
    struct stat file {};
    if (fstat(lock.fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_uid != geteuid()) {
      throw WriterError(Code::taken, path +
                                         " belongs to another user or is no regular file: run "
                                         "tickcached as its owner, remove the file, or choose "
                                         "another segment name");
    }
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (fcntl(lock.fd, F_OFD_SETLK, &whole) != 0) {
      if (errno != EAGAIN && errno != EACCES) fail("cannot lock " + path, errno);
      throw WriterError(Code::in_use, "segment \"" + name + "\" is already written by " +
                                          holder(lock.fd) +
                                          ": stop that tickcached first, or give this one another "
                                          "segment name");
    }
    if (!still_names(path, lock.fd)) continue;  // removed meanwhile: it would protect nothing
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(lock.fd, 0) != 0 ||
        pwrite(lock.fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
      fail("cannot write to " + path, errno);
    }
    return lock;
  }
}

/// The temporary name if NAME.next is taken. No segment name contains '~'.
std::string spare_prefix(const std::string& name) { return name + "~"; }

/// Removes files with such names left by crashes, as far as it can.
void remove_left_over(const std::string& name) {
  const std::string prefix = spare_prefix(name);
  const std::string path = path_of(name);
  // Not std::filesystem: its iterator terminates the process when out of memory.
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir(path.substr(0, path.rfind('/')).c_str()),
                                                   closedir);
  if (!folder) return;
  while (const dirent* entry = readdir(folder.get())) {
    if (std::string_view(entry->d_name).starts_with(prefix)) {
      unlinkat(dirfd(folder.get()), entry->d_name, 0);
    }
  }
}

/// Creates an empty file NAME.next and sets `next` to its name. If another user owns NAME.next,
/// which cannot be removed from a sticky directory, uses a random name instead.
bip::shared_memory_object make_file(const std::string& name, mode_t mode, std::uint64_t instance,
                                    std::string& next) {
  bip::permissions permissions;
  permissions.set_permissions(static_cast<int>(mode));
  const auto make = [&] {
    return bip::shared_memory_object(bip::create_only, next.c_str(), bip::read_write, permissions);
  };
  next = name + ".next";
  if (unlink(path_of(next).c_str()) == 0 || errno == ENOENT) {
    try {
      return make();
    } catch (const bip::interprocess_exception& error) {
      if (error.get_error_code() != bip::already_exists_error) throw;
    }
  }
  next = spare_prefix(name) + std::to_string(instance) + ".next";
  return make();
}

/// Touches every page now rather than at some tick, and locks it in memory. Where the system does
/// not permit that, page faults may cause delays.
void keep_in_memory(void* base, std::size_t size) noexcept {
  if (mlock(base, size) == 0) return;
#ifdef MADV_POPULATE_WRITE
  madvise(base, size, MADV_POPULATE_WRITE);
#endif
}

}  // namespace

SegmentOwner::SegmentOwner(std::string name, mode_t mode)
    : name_(std::move(name)), mode_(mode), lock_(lock_segment(name_)) {}

SegmentOwner::~SegmentOwner() {
  // We still hold the lock, so nothing else uses the unpublished file.
  if (next_.get_address() != nullptr) unlink(path_of(next_name_).c_str());
}

Mapping SegmentOwner::open_predecessor(layout::Header& header) const {
  const std::string path = path_of(name_);
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0) {
    if (errno == ENOENT) return {};
    fail("cannot look at " + path, errno);
  }
  if (file.st_uid != geteuid()) {
    throw WriterError(Code::taken, "segment \"" + name_ + "\" (" + path +
                                       ") belongs to the user with the number " +
                                       std::to_string(file.st_uid) +
                                       ": run tickcached as that user, remove the file, or choose "
                                       "another segment name");
  }
  Mapping mapping;
  const OpenFailure failure = open_segment(name_, O_RDWR, {}, mapping, header);
  switch (failure.code) {
    case OpenError::none:
    case OpenError::missing:
      return mapping;
    // Ours, but unusable: it is replaced, and nothing is carried over.
    case OpenError::other_version:
    case OpenError::damaged:
    case OpenError::unsafe_mode:
      return {};
    default:
      throw WriterError(Code::taken, failure.message(name_));
  }
}

WritableSegmentView SegmentOwner::create(const layout::Header& header) {
  remove_left_over(name_);
  try {
    const auto memory = make_file(name_, mode_, header.instance, next_name_);
    const int fd = memory.get_mapping_handle().handle;
    int error_number = 0;
    do {
      // Reserves the memory now: a full /dev/shm is an error here, and never a SIGBUS later.
      error_number = posix_fallocate(fd, 0, static_cast<off_t>(header.segment_size));
    } while (error_number == EINTR);
    struct stat file {};
    if (error_number == 0 && fstat(fd, &file) != 0) error_number = errno;
    if (error_number != 0) {
      unlink(path_of(next_name_).c_str());
      fail("cannot reserve " + std::to_string(header.segment_size) + " bytes for " +
               path_of(next_name_) +
               (error_number == EFBIG ? " (raise the limit on the size of files, ulimit -f)"
                                      : " (make room in /dev/shm, or lower max-symbols or tape)"),
           error_number);
    }
    device_ = file.st_dev;
    inode_ = file.st_ino;
    next_ = bip::mapped_region(memory, bip::read_write, 0, header.segment_size);
    // Up to the tape, which every tick touches. Orders, candles and portfolio are rare.
    keep_in_memory(next_.get_address(), header.parts[layout::kOrders].offset);
  } catch (const bip::interprocess_exception& error) {
    const std::string path = path_of(next_name_);
    if (error.get_error_code() != bip::already_exists_error) unlink(path.c_str());
    fail("cannot create " + path, error.get_native_error());
  }
  auto* base = static_cast<std::byte*>(next_.get_address());
  std::memcpy(base, &header, sizeof header);
  return {base, header};
}

void SegmentOwner::publish(const WritableSegmentView& predecessor) {
  const std::string path = path_of(name_);
  const std::string next = path_of(next_name_);
  if (rename(next.c_str(), path.c_str()) != 0) {
    const int error_number = errno;
    unlink(next.c_str());
    fail("cannot publish " + path, error_number);
  }
  if (predecessor) {
    layout::StatusPart& status = predecessor.status();
    status.run_state.store(static_cast<std::uint64_t>(RunState::superseded),
                           std::memory_order_release);  // pairs with the reader's look at it
    status.wake.store(status.wake.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    futex_wake(status.wake, ~0U);
  }
  region_.swap(next_);
  next_ = bip::mapped_region();
}

SegmentOwner::Name SegmentOwner::check_name() const noexcept {
  struct stat file {};
  if (lstat(segment_path(name_).c_str(), &file) != 0) {
    return errno == ENOENT ? Name::gone : Name::foreign;
  }
  return file.st_dev == device_ && file.st_ino == inode_ ? Name::mine : Name::foreign;
}

}  // namespace tickcache
