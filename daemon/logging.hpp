// The log: spdlog to stderr. No line holds the API key or a URL with it.
#pragma once

#include <string>
#include <string_view>

#include "daemon/config/api_key.hpp"
#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// Makes spdlog's default logger write to stderr: with the time, or without it under journald,
/// which adds its own.
void start_logging(LogLevel level);
void set_log_level(LogLevel level);

/// What the exchange said, fit for the log and the segment: on one line, and without the key, also
/// where the text was cut in the middle of it.
std::string without_key(std::string_view text, const ApiKey& key);

}  // namespace tickcache::daemon
