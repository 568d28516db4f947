#include "cli/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>

namespace tickcache::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLimit = std::chrono::seconds(60);
constexpr std::chrono::milliseconds kStep{5};

/// A descriptor that closes itself.
struct Descriptor {
  int fd = -1;
  ~Descriptor() { shut(); }
  void shut() {
    if (fd >= 0) close(fd);
    fd = -1;
  }
};

Command command_of(const Run& what) {
  Command command{what.program, what.arguments, what.environment};
  const auto is_terminal = [](const std::string& entry) { return entry.starts_with("TERM="); };
  if (std::none_of(what.environment.begin(), what.environment.end(), is_terminal))
    command.environment.emplace_back("TERM=xterm");
  command.as = what.as;
  return command;
}

/// As a shell says it.
int shell_code(int code) { return code < 0 ? 128 - code : code; }

/// Appends what can be read now; false at the end.
bool drain(int fd, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t size = read(fd, buffer.data(), buffer.size());
  if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

void check_time(Clock::time_point deadline, Program& program) {
  if (Clock::now() > deadline) program.kill();
}

}  // namespace

Finished run(const Run& what) {
  Command command = command_of(what);
  Descriptor out;
  if (what.close_output) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    close(ends[0]);  // before anything can be written
    out.fd = ends[1];
  } else if (!what.output_path.empty()) {
    out.fd = open(what.output_path.c_str(), O_WRONLY | O_CLOEXEC);
  }
  command.out = out.fd;
  Program program(command);
  out.shut();
  const auto deadline = Clock::now() + kLimit;
  std::optional<int> code;
  do {
    if (what.meanwhile) what.meanwhile();
    code = program.wait(kStep);
    if (what.reading) what.reading(program.out());
    check_time(deadline, program);
  } while (!code);
  return {shell_code(*code), program.out(), program.err()};
}

Terminal run_on_terminal(const Run& what, const Conversation& converse) {
  Descriptor terminal;
  Descriptor slave;
  winsize size{24, 100, 0, 0};
  // The slave stays open here, so that its settings can be looked at after the program's end.
  if (openpty(&terminal.fd, &slave.fd, nullptr, nullptr, &size) != 0)
    throw std::runtime_error("no terminal");
  Command command = command_of(what);
  command.terminal = slave.fd;
  Program program(command);
  Terminal result;
  const auto deadline = Clock::now() + kLimit;
  while (!program.ended()) {
    if (what.meanwhile) what.meanwhile();
    pollfd source{terminal.fd, POLLIN, 0};
    if (poll(&source, 1, static_cast<int>(kStep.count())) > 0) drain(terminal.fd, result.shown);
    const std::string typed = converse(result.shown, program.pid());
    if (!typed.empty() && write(terminal.fd, typed.data(), typed.size()) < 0) break;
    check_time(deadline, program);
  }
  result.code = shell_code(program.wait().value_or(-SIGKILL));
  termios after{};
  tcgetattr(slave.fd, &after);
  result.echo_after = (after.c_lflag & ECHO) != 0 && (after.c_lflag & ICANON) != 0;
  // The last slave: what is still on its way comes before the end.
  slave.shut();
  while (drain(terminal.fd, result.shown)) {
  }
  return result;
}

}  // namespace tickcache::test
