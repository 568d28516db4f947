// The state of another process, from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace tickcache::cli {

enum class ProcessState : std::uint8_t {
  gone,     ///< or invisible, because it is in another container
  stopped,  ///< by a signal, or by a debugger
  blocked,  ///< in the kernel, for example on disk I/O
  running,  ///< or sleeping
};

/// The state of the process that had the pid at CLOCK_BOOTTIME `at_ns`; `gone` also if the pid has
/// been reused since.
[[nodiscard]] ProcessState process_state(pid_t pid, std::int64_t at_ns);

/// Whether a crash of the process writes a core file or pipes it to a program. Nothing if that
/// cannot be determined.
[[nodiscard]] std::optional<bool> leaves_core(pid_t pid);

}  // namespace tickcache::cli
