// The log: spdlog to stderr. No line holds the API key or a URL with it.
#pragma once

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// Makes spdlog's default logger write to stderr: with the time, or without it under journald,
/// which adds its own.
void start_logging(LogLevel level);
void set_log_level(LogLevel level);

}  // namespace tickcache::daemon
