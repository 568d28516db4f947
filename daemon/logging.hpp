// The log: spdlog to stderr. No line holds the API key or a URL with it, and none is waited for.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "daemon/config/api_key.hpp"
#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// Makes spdlog's default logger write to stderr. Lines that find too many others unread there are
/// lost, and their number is logged. Throws std::system_error if there is no thread to be had.
void start_logging(LogLevel level, LogFormat format);

/// Changes how the logger that start_logging() made works; the level also if another is in use.
void set_logging(LogLevel level, LogFormat format);

/// Before the process ends: waits for lines that are not written yet, but not for long.
void finish_logging(std::chrono::milliseconds limit = std::chrono::milliseconds(500));

/// What the exchange said, fit for the log and the segment: on one line, and without the key, also
/// where the text was cut in the middle of it.
std::string without_key(std::string_view text, const ApiKey& key);

}  // namespace tickcache::daemon
