#include "daemon/logging.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

#include "daemon/log_format.hpp"
#include "daemon/log_writer.hpp"

namespace tickcache::daemon {

namespace {

/// Standard error, by way of a LogWriter.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StderrSink(LogFormat format)
      : reader_(find_log_reader()),
        writer_(STDERR_FILENO,
                [reader = reader_, format = format_](std::uint64_t lost, LogWriter::Time since) {
                  return lost_line(lost, since, *format, reader);
                }) {
    set_format(format);
  }

  void set_format(LogFormat format) {
    format_->store(format, std::memory_order_relaxed);  // alone: guards nothing else
    set_formatter(make_log_formatter(format, reader_));
  }

  bool drain(std::chrono::milliseconds limit) { return writer_.drain(limit); }

 private:
  using Format = std::atomic<LogFormat>;

  static std::string line_of(spdlog::formatter& formatter, const spdlog::details::log_msg& event) {
    spdlog::memory_buf_t line;
    formatter.format(event, line);
    return {line.data(), line.size()};
  }

  /// With the time at which the first of them was lost: what follows it is later.
  static std::string lost_line(std::uint64_t lost, LogWriter::Time since, const Format& format,
                               LogReader reader) {
    const std::string text =
        "lines of the log lost because standard error was not read: " + std::to_string(lost);
    const spdlog::details::log_msg event(since, {}, "tickcached", spdlog::level::warn, text);
    // As set_format(): the value alone matters.
    const auto now = format.load(std::memory_order_relaxed);
    return line_of(*make_log_formatter(now, reader), event);
  }

  void sink_it_(const spdlog::details::log_msg& event) override {
    writer_.add(line_of(*formatter_, event));
  }
  void flush_() override {}

  /// Shared with the writer's thread, which may outlive the sink.
  std::shared_ptr<Format> format_ = std::make_shared<Format>(LogFormat::text);
  LogReader reader_;
  LogWriter writer_;
};

std::shared_ptr<StderrSink>& present_sink() {
  static std::shared_ptr<StderrSink> sink;
  return sink;
}

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void start_logging(LogLevel level, LogFormat format) {
  present_sink() = std::make_shared<StderrSink>(format);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("tickcached", present_sink()));
  set_logging(level, format);
}

void set_logging(LogLevel level, LogFormat format) {
  spdlog::set_level(level_of(level));
  if (present_sink()) present_sink()->set_format(format);
}

void finish_logging(std::chrono::milliseconds limit) {
  if (present_sink()) present_sink()->drain(limit);
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
