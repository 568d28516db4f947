// What /proc says about another process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace tickcache::cli {

enum class ProcessState : std::uint8_t {
  gone,     ///< or not to be seen from here: another container's
  stopped,  ///< by a signal, or by a debugger
  blocked,  ///< in the kernel: by a disk, say
  running,  ///< or sleeping
};

/// Of the process that had the number `pid` at CLOCK_BOOTTIME `at_ns`; `gone` also if the number is
/// another one's since.
[[nodiscard]] ProcessState process_state(pid_t pid, std::int64_t at_ns);

/// Whether a core file of the process is written, or given to a program, when it crashes. Nothing
/// if that cannot be seen.
[[nodiscard]] std::optional<bool> leaves_core(pid_t pid);

}  // namespace tickcache::cli
