// The log: spdlog to standard error. Logging never blocks, even if standard error does.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstddef>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// Maximum number of queued lines. If more are queued, the oldest are dropped.
inline constexpr std::size_t kMaxWaitingLines = 512;

/// Makes spdlog's default logger write to `fd` on a separate thread. The number of dropped lines is
/// logged in their place. Tests pass another `fd`. Throws std::system_error if the thread cannot be
/// created.
void start_logging(LogLevel level, LogFormat format, int fd = STDERR_FILENO);

/// Changes the level of spdlog's default logger, and the format if start_logging() created it.
void set_logging(LogLevel level, LogFormat format);

/// Call this before the process ends. Returns whether every line was written within `limit`.
bool finish_logging(std::chrono::milliseconds limit = std::chrono::milliseconds(500));

}  // namespace tickcache::daemon
