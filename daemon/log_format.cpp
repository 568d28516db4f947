#include "daemon/log_format.hpp"

#include <spdlog/pattern_formatter.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "daemon/utf8.hpp"

namespace tickcache::daemon {

namespace {

using spdlog::details::log_msg;

/// sd-daemon(3).
int priority_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return 7;
    case spdlog::level::warn:
      return 4;
    case spdlog::level::err:
      return 3;
    case spdlog::level::critical:
      return 2;
    default:
      return 6;
  }
}

void append(spdlog::memory_buf_t& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

void append_json(spdlog::memory_buf_t& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t size = character_size(text);
    if (size == 0) {
      append(out, "\\ufffd");
    } else if (is_control(c)) {
      const auto byte = static_cast<unsigned char>(c);
      append(out, "\\u00");
      out.push_back(kHex[byte >> 4U]);
      out.push_back(kHex[byte & 0xfU]);
    } else {
      if (c == '"' || c == '\\') out.push_back('\\');
      append(out, text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
}

/// A flag of a pattern that is made by Format(message, buffer).
template <void (*Format)(const log_msg&, spdlog::memory_buf_t&)>
class Flag final : public spdlog::custom_flag_formatter {
 public:
  void format(const log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    Format(message, out);
  }
  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<Flag>();
  }
};

void format_priority(const log_msg& message, spdlog::memory_buf_t& out) {
  append(out, "<" + std::to_string(priority_of(message.level)) + ">");
}

void format_text(const log_msg& message, spdlog::memory_buf_t& out) {
  for (const char c : message.payload) out.push_back(is_control(c) ? '?' : c);
}

void format_json(const log_msg& message, spdlog::memory_buf_t& out) {
  append_json(out, {message.payload.data(), message.payload.size()});
}

void format_colored_level(const log_msg& message, spdlog::memory_buf_t& out) {
  const int priority = priority_of(message.level);
  const auto name = spdlog::level::to_string_view(message.level);
  append(out, priority <= 3 ? "\033[1;31m" : priority == 4 ? "\033[33m" : "\033[32m");
  append(out, {name.data(), name.size()});
  append(out, "\033[m");
  out.append(std::string_view("       ").substr(std::min<std::size_t>(name.size(), 7)));
}

std::string pattern_for(LogFormat format, LogReader reader) {
  const std::string prefix = reader == LogReader::journal ? "%Q" : "";
  if (format == LogFormat::json) {
    return prefix + R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":"%J"})";
  }
  if (reader == LogReader::journal) return prefix + "%*";
  return std::string("%Y-%m-%dT%H:%M:%S.%e%z ") + (reader == LogReader::terminal ? "%W" : "%-7l") +
         " %*";
}

bool is_journal(const char* stream) {
  unsigned long long device = 0;
  unsigned long long inode = 0;
  struct stat info {};
  return stream != nullptr && std::sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
         ::fstat(STDERR_FILENO, &info) == 0 && info.st_dev == device && info.st_ino == inode;
}

}  // namespace

LogReader find_log_reader() {
  if (is_journal(std::getenv("JOURNAL_STREAM"))) return LogReader::journal;
  const char* const no_color = std::getenv("NO_COLOR");
  const bool plain = no_color != nullptr && *no_color != '\0';
  return !plain && ::isatty(STDERR_FILENO) == 1 ? LogReader::terminal : LogReader::file;
}

const char* priority_prefix(LogReader reader, LogLevel level) {
  if (reader != LogReader::journal) return "";
  switch (level) {
    case LogLevel::error:
      return "<3>";
    case LogLevel::warning:
      return "<4>";
    case LogLevel::info:
      return "<6>";
    default:
      return "<7>";
  }
}

std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format, LogReader reader) {
  const auto time_zone =
      format == LogFormat::json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local;
  auto formatter = std::make_unique<spdlog::pattern_formatter>(time_zone);
  formatter->add_flag<Flag<format_priority>>('Q');
  formatter->add_flag<Flag<format_colored_level>>('W');
  formatter->add_flag<Flag<format_text>>('*');
  formatter->add_flag<Flag<format_json>>('J');
  formatter->set_pattern(pattern_for(format, reader));
  return formatter;
}

}  // namespace tickcache::daemon
