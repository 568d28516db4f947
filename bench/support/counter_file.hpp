// A counter that processes share: how a rival says how many messages it has taken. One can sleep
// until it changes, and it comes with the stamp of the last message.
#pragma once

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <string>
#include <system_error>

namespace tickcache::bench {

class CounterFile {
 public:
  /// Maps `path`, which is made if there is none. Throws std::system_error.
  explicit CounterFile(const std::string& path) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
    void* base = MAP_FAILED;
    if (ftruncate(fd, sizeof(Shared)) == 0) {
      base = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    const int error = errno;
    close(fd);
    if (base == MAP_FAILED) throw std::system_error(error, std::generic_category(), path);
    shared_ = static_cast<Shared*>(base);
  }
  ~CounterFile() { munmap(shared_, sizeof(Shared)); }
  CounterFile(const CounterFile&) = delete;
  CounterFile& operator=(const CounterFile&) = delete;

  /// Pairs with store(): what was counted has happened.
  [[nodiscard]] std::uint64_t load() const noexcept {
    return shared_->count.load(std::memory_order_acquire);
  }
  /// Pairs with load().
  void store(std::uint64_t value) noexcept {
    shared_->count.store(value, std::memory_order_release);
  }

  /// Stores, and wakes who sleeps.
  void store_and_wake(std::uint64_t value, std::int64_t stamp) noexcept {
    shared_->stamp.store(stamp, std::memory_order_relaxed);  // made visible by store()
    store(value);
    syscall(SYS_futex, &shared_->count, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  }
  /// Sleeps until the count is no longer `seen`, or for a moment.
  void wait(std::uint64_t seen) const noexcept {
    const timespec limit{0, 100'000'000};
    syscall(SYS_futex, &shared_->count, FUTEX_WAIT, static_cast<std::uint32_t>(seen), &limit,
            nullptr, 0);
  }
  /// Of the last message, or a later one, after load().
  [[nodiscard]] std::int64_t stamp() const noexcept {
    return shared_->stamp.load(std::memory_order_relaxed);
  }

 private:
  struct Shared {
    std::atomic<std::uint64_t> count;  // its lower half first: what is slept on
    std::atomic<std::int64_t> stamp;
  };
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  Shared* shared_;
};

}  // namespace tickcache::bench
