#include "daemon/service/logging.hpp"

#include <poll.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <semaphore>
#include <string>
#include <string_view>

#include "encode/untrusted.hpp"

namespace tickcache::daemon {

namespace {

using spdlog::details::log_msg;
using spdlog::details::thread_pool;

/// False if the descriptor does not take it.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size >= 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      // Another process with which the description is shared has made it non-blocking.
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// Not one of spdlog's sinks: they hold a lock while they write, for which set_format() would wait,
/// and lose output that a non-blocking descriptor does not accept.
class DescriptorSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  DescriptorSink(int fd, thread_pool& thread) : fd_(fd), thread_(thread) {
    const LogReader reader = find_log_reader();
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
      formatters_.at(static_cast<std::size_t>(format)) = make_log_formatter(format, reader);
    }
  }

  // From any thread; the value alone matters.
  void set_format(LogFormat format) { format_.store(format, std::memory_order_relaxed); }
  bool wait_for_flush(std::chrono::milliseconds limit) { return flushed_.try_acquire_for(limit); }

 private:
  void sink_it_(const log_msg& event) override {
    const std::uint64_t lost = thread_.overrun_counter() + failed_ - told_;
    const std::string text =
        "lines of the log lost because standard error did not take them: " + std::to_string(lost);
    if (lost > 0 && write({last_, {}, {}, spdlog::level::warn, text})) told_ += lost;
    if (write(event)) {
      last_ = event.time;
    } else {
      ++failed_;
    }
  }
  void flush_() override { flushed_.release(); }

  bool write(const log_msg& event) {
    spdlog::memory_buf_t line;
    const LogFormat format = format_.load(std::memory_order_relaxed);  // as in set_format()
    formatters_.at(static_cast<std::size_t>(format))->format(event, line);
    return write_all(fd_, {line.data(), line.size()});
  }

  int fd_;
  thread_pool& thread_;
  std::array<std::unique_ptr<spdlog::formatter>, 2> formatters_;  ///< by LogFormat
  std::atomic<LogFormat> format_ = LogFormat::text;
  /// Of the last line that was written: a loss began after it.
  spdlog::log_clock::time_point last_ = spdlog::log_clock::now();
  std::uint64_t failed_ = 0;  ///< lines that could not be written
  std::uint64_t told_ = 0;    ///< lost lines that were logged
  std::counting_semaphore<> flushed_{0};
};

struct Output {
  std::shared_ptr<thread_pool> thread;
  std::shared_ptr<DescriptorSink> sink;
};

Output& present() {
  static Output output;
  return output;
}

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
  append(out, encode::printable({message.payload.data(), message.payload.size()}));
}

void format_json(const log_msg& message, spdlog::memory_buf_t& out) {
  const std::string text = encode::valid_utf8({message.payload.data(), message.payload.size()});
  rapidjson::StringBuffer json;
  rapidjson::Writer(json).String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  append(out, encode::with_safe_strings({json.GetString(), json.GetSize()}));
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

void start_logging(LogLevel level, LogFormat format, int fd) {
  // Never destroyed: it would wait for its thread, which may hang in write(). That ends with the
  // process.
  const std::shared_ptr<thread_pool> thread(new thread_pool(kMaxWaitingLines, 1),
                                            [](thread_pool*) {});
  present() = {thread, std::make_shared<DescriptorSink>(fd, *thread)};
  auto logger = std::make_shared<spdlog::async_logger>(
      "tickcached", present().sink, thread, spdlog::async_overflow_policy::overrun_oldest);
  logger->set_error_handler([](const std::string&) {});  // the usual one writes to standard error
  spdlog::set_default_logger(std::move(logger));
  set_logging(level, format);
}

void set_logging(LogLevel level, LogFormat format) {
  spdlog::set_level(spdlog_level(level));
  if (present().sink) present().sink->set_format(format);
}

bool finish_logging(std::chrono::milliseconds limit) {
  spdlog::default_logger()->flush();
  return present().sink->wait_for_flush(limit);
}

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
