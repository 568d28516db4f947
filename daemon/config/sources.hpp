// Options from the command line, the environment and the file, before their values are parsed.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tickcache::daemon {

struct Assignment {
  std::string option;  ///< a name of the option table
  std::string value;
  std::string origin;  ///< "command line", "environment variable NAME" or "FILE:LINE"
};

/// The options of one source, each at most once, and the errors of the source itself: unknown
/// names, repetitions, syntax.
struct InputLayer {
  std::vector<Assignment> assignments;
  std::vector<std::string> errors;
};

/// `arguments` exclude the program's name.
[[nodiscard]] InputLayer read_command_line(const std::vector<std::string>& arguments);

/// An empty variable counts as not set, as is usual in shells.
[[nodiscard]] InputLayer read_environment(
    const std::function<std::optional<std::string>(const std::string&)>& variable);

enum class WhenMissing : std::uint8_t {
  is_empty,  ///< the default file need not exist
  is_error,  ///< the command line named it
};

/// How to treat a pipe, as in --config=<(…): it can be read only once, and its writer may be slow.
enum class Pipe : std::uint8_t { wait, refuse };

/// A file larger than 1 MiB is an error.
[[nodiscard]] InputLayer read_file(const std::string& path, WhenMissing when_missing,
                                   Pipe pipe = Pipe::wait);

}  // namespace tickcache::daemon
