// The log's lines, and that nobody who logs waits for whoever reads.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <rapidjson/document.h>
#include <signal.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <regex>
#include <sstream>

#include "daemon/service/logging.hpp"
#include "support/soon.hpp"

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
                                        "[+-]\\d\\d:\\d\\d warning one\\\\ntwo\\\\x1b\\[31m\n")),
      made);
  const std::string colored =
      line(LogFormat::text, LogReader::terminal, spdlog::level::info, "text");
  CHECK(colored.ends_with(" \033[32minfo   \033[m text\n"));
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
  CHECK(priority_prefix(LogReader::journal, spdlog::level::err) == "<3>");
  CHECK(priority_prefix(LogReader::file, spdlog::level::err).empty());
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
    return test::soon([&] {
      take();
      return text.find(part) != std::string::npos;
    });
  }
};

/// The log to that pipe; the one before comes back at the end.
class LogTo {
 public:
  explicit LogTo(const Pipe& pipe) { start_logging(LogLevel::info, LogFormat::text, pipe.to()); }
  ~LogTo() {
    CHECK(finish_logging(test::kPatience));  // nothing is left for a descriptor that is closed
    spdlog::set_default_logger(before_);
  }
  LogTo(const LogTo&) = delete;
  LogTo& operator=(const LogTo&) = delete;

 private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

std::string numbered(int number) {
  const std::string text = "line " + std::to_string(number) + " ";
  return text + std::string(1000 - text.size(), '.');
}

struct Line {
  std::string time;
  std::string message;
};

std::vector<Line> lines_of(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream all(text);
  for (std::string read; std::getline(all, read);) {
    const std::size_t level = read.find(' ');
    lines.push_back({read.substr(0, level), read.substr(level + std::string(" warning ").size())});
  }
  return lines;
}

std::vector<std::string> messages_of(const std::string& text) {
  std::vector<std::string> messages;
  for (const Line& line : lines_of(text)) messages.push_back(line.message);
  return messages;
}

TEST_CASE("log: a pipe that is not read holds nothing up, and the loss is told") {
  Pipe pipe;
  constexpr int kLines = 2000;  // two megabytes, for a pipe of 64 KiB
  {
    const LogTo log(pipe);
    for (int i = 0; i < kLines; ++i) spdlog::info("{}", numbered(i));
    CHECK_FALSE(finish_logging(10ms));
    REQUIRE(pipe.reads(numbered(kLines - 1)));
    spdlog::info("after");
    REQUIRE(pipe.reads("after\n"));
  }
  // Each line comes whole and in order, or is counted; the newest are all there. A loss has the
  // time of the line before it, however much later it is read.
  const std::string lost_line = "lines of the log lost because standard error did not take them: ";
  int lost = 0;
  int next = 0;
  std::vector<int> came;
  std::string time_before;
  for (const auto& [time, message] : lines_of(pipe.text)) {
    if (!time_before.empty() && message.starts_with(lost_line)) CHECK(time == time_before);
    time_before = time;
    if (message.starts_with(lost_line)) {
      lost += std::stoi(message.substr(lost_line.size()));
    } else if (message != "after") {
      came.push_back(std::stoi(message.substr(5)));
      CHECK(message == numbered(came.back()));
      CHECK(came.back() >= next);
      next = came.back() + 1;
    }
  }
  CHECK(lost > 0);
  CHECK(static_cast<int>(came.size()) + lost == kLines);
  CHECK(came.size() >= kMaxWaitingLines - 1);  // but for one, whose place a flush took
}

TEST_CASE("log: the format changes while nothing is read, and a line has its event's time") {
  Pipe pipe;
  const LogTo log(pipe);
  const std::string filling(std::size_t{256} << 10, '.');
  spdlog::info("{}", filling);
  set_logging(LogLevel::info, LogFormat::json);
  spdlog::info("late");
  const auto logged = std::chrono::system_clock::now();
  std::this_thread::sleep_until(logged + 5ms);  // for a time that differs
  REQUIRE(pipe.reads("\"late\"}\n"));
  const std::string last = pipe.text.substr(pipe.text.rfind("{\"time\""));
  CHECK(last.find("\"level\":\"info\"") != std::string::npos);
  spdlog::memory_buf_t at_most;
  make_log_formatter(LogFormat::json, LogReader::file)
      ->format({logged, {}, {}, spdlog::level::info, "late"}, at_most);
  CHECK(last <= std::string(at_most.data(), at_most.size()));
}

TEST_CASE("log: nobody is left to read") {
  Pipe pipe;
  const LogTo log(pipe);
  ::signal(SIGPIPE, SIG_IGN);
  ::close(pipe.ends[0]);
  spdlog::info("one");
  spdlog::info("two");
  CHECK(finish_logging(test::kPatience));
  pipe.ends[0] = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

TEST_CASE("log: lines that could not be written are counted when writing works again") {
  Pipe pipe;
  const LogTo log(pipe);
  ::signal(SIGPIPE, SIG_IGN);
  Pipe closed;
  ::close(closed.ends[0]);
  closed.ends[0] = ::dup(pipe.ends[1]);  // kept for later
  REQUIRE(::dup3(closed.ends[1], pipe.ends[1], O_CLOEXEC) >= 0);
  spdlog::info("one");
  spdlog::info("two");
  REQUIRE(finish_logging(test::kPatience));
  REQUIRE(::dup3(closed.ends[0], pipe.ends[1], O_CLOEXEC) >= 0);
  spdlog::info("three");
  REQUIRE(pipe.reads("three\n"));
  CHECK(messages_of(pipe.text) ==
        std::vector<std::string>{
            "lines of the log lost because standard error did not take them: 2", "three"});
}

TEST_CASE("log: a descriptor that somebody made non-blocking loses nothing") {
  Pipe pipe;
  ::fcntl(pipe.to(), F_SETFL, O_NONBLOCK);
  const LogTo log(pipe);
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(numbered(i));
    spdlog::info("{}", expected.back());
  }
  REQUIRE(pipe.reads(numbered(199) + "\n"));
  CHECK(messages_of(pipe.text) == expected);
}

}  // namespace
}  // namespace tickcache::daemon
