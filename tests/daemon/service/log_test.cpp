// The log's lines, and that nobody who logs waits for whoever reads.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <rapidjson/document.h>
#include <signal.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <regex>
#include <sstream>

#include "daemon/log_format.hpp"
#include "daemon/log_writer.hpp"
#include "support/eventually.hpp"

namespace tickcache::daemon {
namespace {

using namespace std::chrono_literals;

std::string line(LogFormat format, LogReader reader, spdlog::level::level_enum level,
                 const std::string& text) {
  spdlog::memory_buf_t out;
  make_log_formatter(format, reader)->format({"tickcached", level, text}, out);
  return {out.data(), out.size()};
}

TEST_CASE("log: text has time and level, and is one line") {
  const std::string made =
      line(LogFormat::text, LogReader::file, spdlog::level::warn, "one\ntwo\x1b[31m");
  CHECK_MESSAGE(
      std::regex_match(made, std::regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}"
                                        "[+-]\\d\\d:\\d\\d warning one\\?two\\?\\[31m\n")),
      made);
  const std::string colored =
      line(LogFormat::text, LogReader::terminal, spdlog::level::info, "text");
  CHECK(colored.ends_with(" \033[32minfo\033[m    text\n"));
}

TEST_CASE("log: the journal gets priorities, and no time") {
  const auto in_journal = [](spdlog::level::level_enum level) {
    return line(LogFormat::text, LogReader::journal, level, "text");
  };
  CHECK(in_journal(spdlog::level::critical) == "<2>text\n");
  CHECK(in_journal(spdlog::level::err) == "<3>text\n");
  CHECK(in_journal(spdlog::level::warn) == "<4>text\n");
  CHECK(in_journal(spdlog::level::info) == "<6>text\n");
  CHECK(in_journal(spdlog::level::debug) == "<7>text\n");
  CHECK(std::string(priority_prefix(LogReader::journal, LogLevel::error)) == "<3>");
  CHECK(std::string(priority_prefix(LogReader::file, LogLevel::error)).empty());
}

TEST_CASE("log: JSON is JSON, whatever the text holds") {
  const std::string nasty = std::string("a \"quote\", a \\, a line\nend, a NUL ") + '\0' +
                            ", ü and 𝄞, \x7f, half a character \xc3, \xed\xa0\x80, \xff";
  const std::string made = line(LogFormat::json, LogReader::file, spdlog::level::err, nasty);
  CHECK(made.find('\n') == made.size() - 1);
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(made.c_str());
  REQUIRE_FALSE(document.HasParseError());
  CHECK(document.MemberCount() == 3);
  CHECK(document["level"] == "error");
  CHECK(std::regex_match(document["time"].GetString(),
                         std::regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z")));
  const std::string message(document["message"].GetString(), document["message"].GetStringLength());
  CHECK(message == std::string("a \"quote\", a \\, a line\nend, a NUL ") + '\0' +
                       ", ü and 𝄞, \x7f, half a character \uFFFD, \uFFFD\uFFFD\uFFFD, \uFFFD");
  CHECK(line(LogFormat::json, LogReader::journal, spdlog::level::info, "x").starts_with("<6>{"));
}

TEST_CASE("log: the journal is recognised by what standard error is") {
  struct stat info {};
  REQUIRE(::fstat(STDERR_FILENO, &info) == 0);
  const std::string device = std::to_string(info.st_dev);
  const auto reader_with = [](const std::string& stream) {
    ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
    const LogReader reader = find_log_reader();
    ::unsetenv("JOURNAL_STREAM");
    return reader;
  };
  CHECK(reader_with(device + ":" + std::to_string(info.st_ino)) == LogReader::journal);
  CHECK(reader_with(device + ":" + std::to_string(info.st_ino + 1)) != LogReader::journal);
  CHECK(reader_with("nonsense") != LogReader::journal);
  CHECK(find_log_reader() != LogReader::journal);
}

/// A pipe, and what has been read from it.
struct Pipe {
  int ends[2] = {-1, -1};
  std::string text;

  Pipe() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    ::close(ends[0]);
    if (ends[1] >= 0) ::close(ends[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int to() const { return ends[1]; }
  /// Reads what is there.
  void take() {
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    char buffer[65536];
    const ssize_t size = ::read(ends[0], buffer, sizeof buffer);
    if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
  }
  /// Reads until `part` has come.
  bool reads(const std::string& part) {
    return test::eventually([&] {
      take();
      return text.find(part) != std::string::npos;
    });
  }
};

LogWriter::LostLine lost_line() {
  return [](std::uint64_t lost, LogWriter::Time) { return "lost " + std::to_string(lost) + "\n"; };
}

std::string numbered(int number) {
  std::string text = std::to_string(number) + " ";
  return text.append(1000 - text.size() - 1, '.') + "\n";
}

TEST_CASE("log: a pipe that nobody reads holds nobody up, and the loss is told in its place") {
  Pipe pipe;
  LogWriter writer(pipe.to(), lost_line());
  constexpr int kLines = 2000;  // two megabytes, for a pipe of 64 KiB
  for (int i = 0; i < kLines; ++i) writer.add(numbered(i));
  CHECK_FALSE(writer.drain(10ms));

  REQUIRE(test::eventually([&] {
    pipe.take();
    return writer.drain(0ms);
  }));
  writer.add("after\n");
  REQUIRE(pipe.reads("after\n"));
  // 0, 1, 2 … as many as there was room for; the number of those that were lost, where they were;
  // what came later.
  std::istringstream lines(pipe.text);
  std::string read;
  int next = 0;
  int lost = 0;
  while (std::getline(lines, read) && read != "after") {
    if (read.starts_with("lost ")) {
      const int count = std::stoi(read.substr(5));
      lost += count;
      next += count;
    } else {
      CHECK(read + "\n" == numbered(next++));
    }
  }
  CHECK(read == "after");
  CHECK(next == kLines);
  CHECK(lost > 0);
  CHECK(kLines - lost > 256);
}

TEST_CASE("log: what is lost in the middle is told in the middle") {
  Pipe pipe;
  LogWriter writer(pipe.to(), lost_line());
  int next = 0;
  while (next < 2000) writer.add(numbered(next++));
  REQUIRE(pipe.reads(numbered(100)));  // room again, though not for all
  for (; next < 2010; ++next) writer.add(numbered(next));
  REQUIRE(pipe.reads(numbered(2009)));
  const std::size_t lost = pipe.text.find("lost ");
  REQUIRE(lost != std::string::npos);
  CHECK(lost < pipe.text.find(numbered(2009)));
}

TEST_CASE("log: a loss is told with the time of the first line that was lost") {
  Pipe pipe;
  LogWriter::Time told;
  LogWriter writer(pipe.to(), [&](std::uint64_t lost, LogWriter::Time since) {
    told = since;
    return "lost " + std::to_string(lost) + "\n";
  });
  const auto before = std::chrono::system_clock::now();
  for (int i = 0; i < 2000; ++i) writer.add(numbered(i));
  const auto after = std::chrono::system_clock::now();
  // However much later somebody reads it.
  while (std::chrono::system_clock::now() == after) continue;
  REQUIRE(pipe.reads("lost "));
  CHECK(before <= told);
  CHECK(told <= after);
}

TEST_CASE("log: nobody is left to read") {
  Pipe pipe;
  LogWriter writer(pipe.to(), lost_line());
  ::signal(SIGPIPE, SIG_IGN);
  ::close(pipe.ends[0]);
  writer.add("one\n");
  writer.add("two\n");
  CHECK(writer.drain(10s));
  pipe.ends[0] = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST_CASE("log: a descriptor that somebody made non-blocking loses nothing") {
  Pipe pipe;
  ::fcntl(pipe.to(), F_SETFL, O_NONBLOCK);
  LogWriter writer(pipe.to(), lost_line());
  for (int i = 0; i < 200; ++i) writer.add(numbered(i));
  REQUIRE(pipe.reads(numbered(199)));
  std::string expected;
  for (int i = 0; i < 200; ++i) expected += numbered(i);
  CHECK(pipe.text == expected);
}

TEST_CASE("log: a writer may go while its thread hangs") {
  Pipe pipe;
  {
    LogWriter writer(pipe.to(), lost_line());
    for (int i = 0; i < 200; ++i) writer.add(numbered(i));
  }
  REQUIRE(pipe.reads(numbered(199)));
}

}  // namespace
}  // namespace tickcache::daemon
