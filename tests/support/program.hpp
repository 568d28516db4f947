// A program of the project as a process of its own, started as a user would start it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "support/child.hpp"
#include "support/soon.hpp"

namespace tickcache::test {

struct Command {
  std::string path;
  std::vector<std::string> arguments;
  /// NAME=VALUE, on top of this process's environment without the variables that the programs
  /// listen to.
  std::vector<std::string> environment;
  int err = -1;       ///< standard error, if it is not to be captured
  int out = -1;       ///< the same of standard output
  int terminal = -1;  ///< controls it, and is all three streams in their place
  /// Whom it runs as, without further groups; as this process without.
  struct Identity {
    uid_t user;
    gid_t group;
  };
  std::optional<Identity> as = {};
};

/// An open file without a name, to write to and to read what was written.
class Capture {
 public:
  Capture();
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] std::string text() const;  ///< what is in it now

 private:
  int fd_;
};

/// Runs from the constructor on; killed on destruction if it still does.
class Program {
 public:
  explicit Program(const Command& command);

  [[nodiscard]] pid_t pid() const noexcept { return child_.pid(); }
  void signal(int number) const { child_.signal(number); }
  /// Sends SIGSTOP and returns when it has stopped.
  void suspend() const { child_.stop(); }
  /// Kills it and returns when it is gone.
  void kill() { child_.kill_and_wait(); }

  [[nodiscard]] bool ended() const;
  /// The exit code, or minus the signal that ended it; nothing if it still runs after `limit`.
  std::optional<int> wait(std::chrono::milliseconds limit = kPatience);
  /// Sends SIGTERM, and waits.
  std::optional<int> stop();

  /// What it has written so far.
  [[nodiscard]] std::string out() const { return out_.text(); }
  [[nodiscard]] std::string err() const { return err_.text(); }

 private:
  [[nodiscard]] bool ends_within(std::chrono::milliseconds limit) const;

  Capture out_;
  Capture err_;
  Child child_;
};

/// What a program that has ended leaves.
struct Outcome {
  int code;  ///< as Program::wait() says
  std::string out;
  std::string err;
};

/// Runs it to its end. Throws std::runtime_error if that does not come.
Outcome run_to_end(const Command& command);

/// Whether `text` contains `part`.
inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace tickcache::test
