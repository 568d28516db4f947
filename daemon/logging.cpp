#include "daemon/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace tickcache::daemon {

void start_logging(LogLevel level) {
  auto logger = spdlog::stderr_color_st("tickcached");
  spdlog::set_default_logger(logger);
  const bool journald = std::getenv("JOURNAL_STREAM") != nullptr;
  spdlog::set_pattern(journald ? "%l: %v" : "%Y-%m-%dT%H:%M:%S.%e%z %^%-7l%$ %v");
  set_log_level(level);
}

void set_log_level(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::set_level(spdlog::level::trace);
    case LogLevel::debug:
      return spdlog::set_level(spdlog::level::debug);
    case LogLevel::info:
      return spdlog::set_level(spdlog::level::info);
    case LogLevel::warning:
      return spdlog::set_level(spdlog::level::warn);
    case LogLevel::error:
      return spdlog::set_level(spdlog::level::err);
  }
}

}  // namespace tickcache::daemon
