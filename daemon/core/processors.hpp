// The processors that a thread may run on.
#pragma once

#include <sched.h>
#include <unistd.h>

#include <cerrno>

namespace tickcache::daemon {

class Processors {
 public:
  /// How many the machine has.
  static long online() noexcept { return sysconf(_SC_NPROCESSORS_ONLN); }

  /// Those of the calling thread; none if they cannot be told.
  static Processors allowed() noexcept {
    Processors result;
    if (sched_getaffinity(0, sizeof result.set_, &result.set_) != 0) CPU_ZERO(&result.set_);
    return result;
  }
  static Processors only(unsigned number) noexcept {
    Processors result;
    CPU_SET(number, &result.set_);
    return result;
  }

  /// The calling thread, and those that it starts from now on, run on these alone. Returns 0, or
  /// errno if none of them may be used.
  int confine() const noexcept { return sched_setaffinity(0, sizeof set_, &set_) == 0 ? 0 : errno; }

 private:
  Processors() noexcept { CPU_ZERO(&set_); }

  cpu_set_t set_;
};

}  // namespace tickcache::daemon
