#include "daemon/logging.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
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

std::string without_key(std::string_view text, const ApiKey& key) {
  constexpr std::string_view kHidden = "***";
  constexpr std::size_t kTelling = 4;  // fewer letters of a key are in any text
  const std::string_view secret = key.reveal();
  std::string result(text);
  for (std::size_t at = 0;
       !secret.empty() && (at = result.find(secret, at)) != std::string::npos;) {
    result.replace(at, secret.size(), kHidden);
  }
  for (std::size_t size = std::min(secret.size(), result.size()); size >= kTelling; --size) {
    if (!result.ends_with(secret.substr(0, size))) continue;
    result.replace(result.size() - size, size, kHidden);
    break;
  }
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return result;
}

}  // namespace tickcache::daemon
