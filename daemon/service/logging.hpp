// The log: spdlog to standard error. Logging never blocks, even if standard error does.
#pragma once

#include <spdlog/common.h>
#include <spdlog/formatter.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// The destination of standard error.
enum class LogReader : std::uint8_t {
  file,      ///< or a pipe
  terminal,  ///< the level is coloured
  journal,   ///< lines begin with their sd-daemon priority, such as "<4>"; text has no time
};

/// The destination of this process's standard error. It is the journal only if JOURNAL_STREAM
/// refers to it: child processes inherit the variable even if their output goes elsewhere.
[[nodiscard]] LogReader find_log_reader();

/// Both enumerations have the same order.
[[nodiscard]] constexpr spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
  static_assert(static_cast<int>(LogLevel::trace) == spdlog::level::trace);
  static_assert(static_cast<int>(LogLevel::error) == spdlog::level::err);
  return static_cast<spdlog::level::level_enum>(level);
}

/// For the journal, "<3>" for an error and so on; else an empty string.
[[nodiscard]] std::string priority_prefix(LogReader reader, spdlog::level::level_enum level);

/// Formats an event as exactly one line, whatever its text contains. JSON:
/// {"time":…,"level":…,"message":…}, with the time in UTC; invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format,
                                                                    LogReader reader);

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
