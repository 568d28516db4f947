// The options as command line, environment and file have them, before they are parsed.
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

/// One source's options, each at most once, and what is wrong with the source itself: unknown
/// names, repetitions, syntax.
struct Source {
  std::vector<Assignment> assignments;
  std::vector<std::string> errors;
};

/// `arguments` are without the program's name.
[[nodiscard]] Source read_command_line(const std::vector<std::string>& arguments);

/// A variable that is set but empty counts as not set, as is usual in shells.
[[nodiscard]] Source read_environment(
    const std::function<std::optional<std::string>(const std::string&)>& variable);

enum class WhenMissing : std::uint8_t {
  is_empty,  ///< the default file need not be there
  is_error,  ///< the command line named it
};

/// What to do if it is a pipe, as in --config=<(…): it can be read once only, and its writer may be
/// slow.
enum class Pipe : std::uint8_t { wait, refuse };

/// A file of more than a mebibyte is an error.
[[nodiscard]] Source read_file(const std::string& path, WhenMissing when_missing,
                               Pipe pipe = Pipe::wait);

}  // namespace tickcache::daemon
