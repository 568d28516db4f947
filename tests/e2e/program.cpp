#include "e2e/program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string_view>

namespace tickcache::test {
namespace {

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
  explicit Image(const Command& command) : path_(command.path) {
    texts_.push_back(command.path);
    texts_.insert(texts_.end(), command.arguments.begin(), command.arguments.end());
    const std::size_t arguments = texts_.size();
    for (char** entry = environ; *entry != nullptr; ++entry) {
      if (!concerns_the_programs(*entry)) texts_.emplace_back(*entry);
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
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    // The simulated exchange lives in this process: a copy of its sockets would keep connections
    // open that it has cut.
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execve(path_.c_str(), arguments_.data(), environment_.data());
    return 127;
  }

 private:
  std::string path_;
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
    : child_([this, image = Image(command), err = command.err] {
        return image.execute(out_.fd(), err >= 0 ? err : err_.fd());
      }) {}

bool Program::ended() const {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid()), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid != 0;
}

std::optional<int> Program::wait(std::chrono::milliseconds limit) {
  if (!soon([&] { return ended(); }, limit)) return std::nullopt;
  return child_.wait();
}

Outcome run_to_end(const Command& command) {
  Program program(command);
  const auto code = program.wait();
  if (!code) throw std::runtime_error(command.path + " does not end: " + program.err());
  return {*code, program.out(), program.err()};
}

}  // namespace tickcache::test
