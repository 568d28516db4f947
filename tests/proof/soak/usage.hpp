// What a process and the shared memory take.
#pragma once

#include <sys/types.h>

#include <string>

namespace tickcache::test {

/// Of a running process.
struct Usage {
  double memory = 0;       ///< KB that are its own, to the page
  double address = 0;      ///< KB of address space: also what is mapped and not touched
  double descriptors = 0;  ///< open
  double threads = 0;
  double cpu = 0;  ///< seconds of its first thread, since it began
};
Usage usage_of(pid_t pid);

/// The files of /dev/shm whose names begin with `prefix`.
struct SharedMemory {
  double size = 0;  ///< KB
  double files = 0;
};
SharedMemory shared_memory_of(const std::string& prefix);

}  // namespace tickcache::test
