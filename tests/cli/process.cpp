#include "cli/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string_view>

namespace tickcache::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLimit = std::chrono::seconds(60);
constexpr int kStepMs = 5;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Programs do not agree on which of two variables of the same name counts.
bool is_given(const Run& what, std::string_view name) {
  return std::any_of(what.environment.begin(), what.environment.end(), [&](std::string_view entry) {
    return entry.substr(0, entry.find('=')) == name;
  });
}

std::vector<std::string> environment_of(const Run& what) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    if (name != "TICKCACHE_SEGMENT" && name != "TICKCACHE_USER" && name != "NO_COLOR" &&
        name != "TERM" && !is_given(what, name))
      result.emplace_back(text);
  }
  result.insert(result.begin(), what.environment.begin(), what.environment.end());
  if (!is_given(what, "TERM")) result.emplace_back("TERM=xterm");
  return result;
}

/// Replaces this process, a child, by the program.
[[noreturn]] void execute(const Run& what) {
  std::vector<std::string> arguments = what.arguments;
  arguments.insert(arguments.begin(), what.program);
  std::vector<std::string> environment = environment_of(what);
  if (what.as &&
      (setgroups(0, nullptr) != 0 || setgid(what.as->group) != 0 || setuid(what.as->user) != 0)) {
    _exit(126);
  }
  execve(what.program.c_str(), pointers(arguments).data(), pointers(environment).data());
  _exit(127);
}

int code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// Appends what can be read now; false at the end.
bool drain(int fd, std::string& text) {
  std::array<char, 4096> buffer{};
  const ssize_t size = read(fd, buffer.data(), buffer.size());
  if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

struct Pipe {
  int ends[2] = {-1, -1};
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  }
  ~Pipe() {
    for (int& end : ends) shut(end);
  }
  static void shut(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }
};

void check_time(Clock::time_point deadline, pid_t child) {
  if (Clock::now() > deadline) kill(child, SIGKILL);
}

}  // namespace

Finished run(const Run& what) {
  Pipe out;
  Pipe err;
  if (what.close_output) Pipe::shut(out.ends[0]);  // before anything can be written
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    const int target =
        what.output_path.empty() ? out.ends[1] : open(what.output_path.c_str(), O_WRONLY);
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(target, 1);
    dup2(err.ends[1], 2);
    execute(what);
  }
  Pipe::shut(out.ends[1]);
  Pipe::shut(err.ends[1]);

  Finished result;
  const auto deadline = Clock::now() + kLimit;
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    if (what.meanwhile) what.meanwhile();
    pollfd sources[] = {{out.ends[0], POLLIN, 0}, {err.ends[0], POLLIN, 0}};
    poll(sources, 2, kStepMs);
    if (sources[0].revents != 0 && !drain(out.ends[0], result.out)) Pipe::shut(out.ends[0]);
    if (sources[1].revents != 0 && !drain(err.ends[0], result.err)) Pipe::shut(err.ends[0]);
    if (what.reading) what.reading(result.out);
    check_time(deadline, child);
  }
  int status = 0;
  waitpid(child, &status, 0);
  result.code = code_of(status);
  return result;
}

Terminal run_on_terminal(const Run& what, const Conversation& converse) {
  int terminal = -1;
  int slave = -1;
  winsize size{24, 100, 0, 0};
  // The slave stays open here, so that its settings can be looked at after the program's end.
  if (openpty(&terminal, &slave, nullptr, nullptr, &size) != 0)
    throw std::runtime_error("no terminal");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    close(terminal);
    login_tty(slave);
    execute(what);
  }
  Terminal result;
  const auto deadline = Clock::now() + kLimit;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) != child) {
    if (what.meanwhile) what.meanwhile();
    pollfd source{terminal, POLLIN, 0};
    if (poll(&source, 1, kStepMs) > 0) drain(terminal, result.shown);
    const std::string typed = converse(result.shown, child);
    if (!typed.empty() && write(terminal, typed.data(), typed.size()) < 0) break;
    check_time(deadline, child);
  }
  termios after{};
  tcgetattr(slave, &after);
  result.echo_after = (after.c_lflag & ECHO) != 0 && (after.c_lflag & ICANON) != 0;
  result.code = code_of(status);
  // The last slave: what is still on its way comes before the end.
  close(slave);
  while (drain(terminal, result.shown)) {
  }
  close(terminal);
  return result;
}

}  // namespace tickcache::test
