#include "support/program.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace tickcache::test {
namespace {

/// Programs do not agree on which of two variables of the same name counts.
bool is_given(const Command& command, std::string_view entry) {
  const std::string_view name = entry.substr(0, entry.find('=') + 1);
  return std::any_of(command.environment.begin(), command.environment.end(),
                     [&](const std::string& given) { return given.starts_with(name); });
}

bool concerns_the_programs(std::string_view entry) {
  for (const std::string_view prefix :
       {"TICKCACHE_", "AGENTEXCHANGE_",
        "CREDENTIALS_DIRECTORY=", "JOURNAL_STREAM=", "NO_COLOR=", "NOTIFY_SOCKET=", "WATCHDOG_"}) {
    if (entry.starts_with(prefix)) return true;
  }
  return false;
}

/// Everything that execve() takes. Made before the fork: another thread may hold the allocator's
/// lock at that moment, and in the child nobody would release it.
class Image {
 public:
  explicit Image(const Command& command) : command_(command) {
    texts_.push_back(command.path);
    texts_.insert(texts_.end(), command.arguments.begin(), command.arguments.end());
    const std::size_t arguments = texts_.size();
    for (char** entry = environ; *entry != nullptr; ++entry) {
      if (!concerns_the_programs(*entry) && !is_given(command, *entry)) texts_.emplace_back(*entry);
    }
    texts_.insert(texts_.end(), command.environment.begin(), command.environment.end());
    for (std::size_t i = 0; i < texts_.size(); ++i) {
      (i < arguments ? arguments_ : environment_).push_back(texts_[i].data());
    }
    arguments_.push_back(nullptr);
    environment_.push_back(nullptr);
  }

  /// Returns only if it fails.
  int execute(int out, int err) const {
    if (command_.terminal >= 0) {
      login_tty(command_.terminal);
    } else {
      const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
      dup2(nothing, STDIN_FILENO);
      dup2(command_.out >= 0 ? command_.out : out, STDOUT_FILENO);
      dup2(command_.err >= 0 ? command_.err : err, STDERR_FILENO);
    }
    // The simulated exchange lives in this process: a copy of its sockets would keep connections
    // open that it has cut.
    close_range(STDERR_FILENO + 1, ~0U, 0);
    const auto& as = command_.as;
    if (as && (setgroups(0, nullptr) != 0 || setgid(as->group) != 0 || setuid(as->user) != 0)) {
      return 126;
    }
    execve(command_.path.c_str(), arguments_.data(), environment_.data());
    return 127;
  }

 private:
  Command command_;
  std::vector<std::string> texts_;
  std::vector<char*> arguments_;
  std::vector<char*> environment_;
};

}  // namespace

Capture::Capture() : fd_(memfd_create("capture", MFD_CLOEXEC)) {
  if (fd_ < 0) throw std::runtime_error("memfd_create");
}

Capture::~Capture() { close(fd_); }

std::string Capture::text() const {
  struct stat file {};
  fstat(fd_, &file);
  std::string text(static_cast<std::size_t>(file.st_size), '\0');
  const ssize_t size = pread(fd_, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

Program::Program(const Command& command)
    : child_([this, image = Image(command)] { return image.execute(out_.fd(), err_.fd()); }) {}

bool Program::ended() const { return ends_within(std::chrono::milliseconds(0)); }

std::optional<int> Program::wait(std::chrono::milliseconds limit) {
  if (!ends_within(limit)) return std::nullopt;
  return child_.wait();
}

std::optional<int> Program::stop() {
  signal(SIGTERM);
  return wait();
}

bool Program::ends_within(std::chrono::milliseconds limit) const {
  // glibc 2.36 declares pidfd_open() for C only.
  const auto process = static_cast<int>(syscall(SYS_pidfd_open, pid(), 0));
  if (process < 0) return true;  // waited for already
  pollfd end{process, POLLIN, 0};
  const bool ended = poll(&end, 1, static_cast<int>(limit.count())) > 0;
  close(process);
  return ended;
}

Outcome run_to_end(const Command& command) {
  Program program(command);
  const auto code = program.wait();
  if (!code) throw std::runtime_error(command.path + " does not end: " + program.err());
  return {*code, program.out(), program.err()};
}

}  // namespace tickcache::test
