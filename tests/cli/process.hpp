// Runs the built program, or another one, to its end, while a test lets things happen.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/program.hpp"

namespace tickcache::test {

struct Finished {
  int code = 0;  ///< exit code, or 128 + the signal that ended it
  std::string out;
  std::string err;
};

struct Run {
  std::vector<std::string> arguments;
  /// NAME=VALUE, on top of this process's environment without the variables that the program
  /// listens to.
  std::vector<std::string> environment;
  /// Where standard output goes instead of Finished::out: a path that is opened for writing.
  std::string output_path;
  bool close_output = false;  ///< nobody reads standard output
  using Identity = Command::Identity;
  std::optional<Identity> as;  ///< as in Command
  std::string program = TICKCACHE_PROGRAM;
  /// Called every few milliseconds until the program ends: to beat, and to let things happen.
  std::function<void()> meanwhile;
  /// The same, with what has come on standard output so far.
  std::function<void(const std::string& out)> reading;
};

/// Waits for the end; a program that takes longer than a minute is killed.
Finished run(const Run& what);

struct Terminal {
  int code = 0;
  std::string shown;
  bool echo_after = false;  ///< whether the terminal echoes again after the program's end
};
/// Sees everything that has been shown so far, and returns what is typed next, if anything.
using Conversation = std::function<std::string(const std::string& shown, pid_t program)>;

/// The same with a terminal of 24 lines and 100 columns in place of all three streams.
Terminal run_on_terminal(const Run& what, const Conversation& converse);

}  // namespace tickcache::test
