// The log: spdlog to standard error. Its caller never waits for whatever reads it.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstddef>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// Lines that wait for standard error to be read. If there are more, the oldest are lost.
inline constexpr std::size_t kMaxWaitingLines = 512;

/// Makes spdlog's default logger write to `fd` in a thread of its own; where lines are lost, their
/// number is logged. Tests have another `fd` than standard error. Throws std::system_error if there
/// is no thread to be had.
void start_logging(LogLevel level, LogFormat format, int fd = STDERR_FILENO);

/// Changes how the logger that start_logging() made works; the level also if another is in use.
void set_logging(LogLevel level, LogFormat format);

/// Before the process ends: whether every line was written within `limit`.
bool finish_logging(std::chrono::milliseconds limit = std::chrono::milliseconds(500));

}  // namespace tickcache::daemon
