#include "daemon/service/log_format.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/pattern_formatter.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "encode/untrusted.hpp"

namespace tickcache::daemon {

namespace {

using spdlog::details::log_msg;

/// sd-daemon(3)'s, by level.
constexpr std::array<int, spdlog::level::n_levels> kPriorities = {7, 7, 6, 4, 3, 2, 6};

void append(spdlog::memory_buf_t& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
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
  append(out, priority_prefix(LogReader::journal, message.level));
}

void format_color(const log_msg& message, spdlog::memory_buf_t& out) {
  const bool error = message.level >= spdlog::level::err;
  append(out, error                                  ? "\033[1;31m"
              : message.level == spdlog::level::warn ? "\033[33m"
                                                     : "\033[32m");
}

void format_text(const log_msg& message, spdlog::memory_buf_t& out) {
  for (const char c : message.payload) out.push_back(encode::is_control(c) ? '?' : c);
}

void format_json(const log_msg& message, spdlog::memory_buf_t& out) {
  const std::string text = encode::valid_utf8({message.payload.data(), message.payload.size()});
  rapidjson::StringBuffer json;
  rapidjson::Writer(json).String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  append(out, {json.GetString(), json.GetSize()});
}

std::string pattern_for(LogFormat format, LogReader reader) {
  const std::string prefix = reader == LogReader::journal ? "%Q" : "";
  if (format == LogFormat::json) {
    return prefix + R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%J})";
  }
  if (reader == LogReader::journal) return prefix + "%*";
  const std::string level = reader == LogReader::terminal ? "%W%-7l\033[m" : "%-7l";
  return "%Y-%m-%dT%H:%M:%S.%e%z " + level + " %*";
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

std::string priority_prefix(LogReader reader, spdlog::level::level_enum level) {
  if (reader != LogReader::journal) return {};
  return "<" + std::to_string(kPriorities.at(level)) + ">";
}

std::unique_ptr<spdlog::formatter> make_log_formatter(LogFormat format, LogReader reader) {
  const auto time_zone =
      format == LogFormat::json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local;
  auto formatter = std::make_unique<spdlog::pattern_formatter>(time_zone);
  formatter->add_flag<Flag<format_priority>>('Q');
  formatter->add_flag<Flag<format_color>>('W');
  formatter->add_flag<Flag<format_text>>('*');
  formatter->add_flag<Flag<format_json>>('J');
  formatter->set_pattern(pattern_for(format, reader));
  return formatter;
}

}  // namespace tickcache::daemon
