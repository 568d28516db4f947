// What a line of the log looks like.
#pragma once

#include <spdlog/common.h>
#include <spdlog/formatter.h>

#include <cstdint>
#include <memory>
#include <string>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// What reads standard error.
enum class LogReader : std::uint8_t {
  file,      ///< or a pipe
  terminal,  ///< the level is coloured
  journal,   ///< each line begins with its sd-daemon priority, as in "<4>"; text has no time
};

/// Finds out about this process's standard error. It is the journal only if JOURNAL_STREAM names
/// it: the variable is inherited, also by processes whose output goes elsewhere.
[[nodiscard]] LogReader find_log_reader();

/// The two enumerations have the same order.
[[nodiscard]] constexpr spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
  static_assert(static_cast<int>(LogLevel::trace) == spdlog::level::trace);
  static_assert(static_cast<int>(LogLevel::error) == spdlog::level::err);
  return static_cast<spdlog::level::level_enum>(level);
}

/// "<3>" for an error that the journal reads, and so on; else an empty text.
[[nodiscard]] std::string priority_prefix(LogReader reader, spdlog::level::level_enum level);

/// An event is one line, whatever its text holds. Json: {"time":…,"level":…,"message":…}, the time
/// in UTC; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format,
                                                                    LogReader reader);

}  // namespace tickcache::daemon
