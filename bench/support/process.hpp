// Where a process runs, and what it has used.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>

namespace tickcache::bench {

/// This thread runs on `cpu` only. Throws std::runtime_error if there is no such processor.
inline void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    throw std::runtime_error("cannot run on processor " + std::to_string(cpu));
  }
}

/// Goes before every ordinary process on its processor. False if the system does not allow it.
inline bool take_precedence() {
  sched_param parameters{};
  parameters.sched_priority = 1;
  return sched_setscheduler(0, SCHED_FIFO, &parameters) == 0;
}

/// Processor time that the main thread of `pid` has used, in nanoseconds; 0 if it is gone.
inline std::int64_t cpu_time_ns(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/schedstat");
  std::int64_t nanoseconds = 0;
  file >> nanoseconds;
  return nanoseconds;
}

}  // namespace tickcache::bench
