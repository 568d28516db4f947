// Options from the command line, the environment and the file, before their values are parsed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "options/option.hpp"

namespace tickcache::options {

struct Assignment {
  std::string option;  ///< the name of one
  std::string value;
  std::string origin;  ///< "command line", "environment variable NAME" or "FILE:LINE"
};

/// The options of one source, each at most once, and the errors of the source itself: unknown
/// names, repetitions, syntax.
struct InputLayer {
  std::vector<Assignment> assignments;
  std::vector<std::string> errors;
};

/// `arguments` exclude the program's name. `example` is shown to who forgets the dashes, as in
/// "--symbols=BTCUSDT".
[[nodiscard]] InputLayer read_command_line(const Options& options,
                                           const std::vector<std::string>& arguments,
                                           std::string_view example);

/// An empty variable counts as not set, as is usual in shells.
[[nodiscard]] InputLayer read_environment(
    const Options& options,
    const std::function<std::optional<std::string>(const std::string&)>& variable);

enum class WhenMissing : std::uint8_t {
  is_empty,  ///< the default file need not exist
  is_error,  ///< the command line named it
};

/// How to treat a pipe, as in --config=<(…): it can be read only once, and its writer may be slow.
enum class Pipe : std::uint8_t { wait, refuse };

/// A file larger than 1 MiB is an error.
[[nodiscard]] InputLayer read_file(const Options& options, const std::string& path,
                                   WhenMissing when_missing, Pipe pipe = Pipe::wait);

/// What all sources together say, and what is wrong with it.
class Written {
 public:
  /// Layers come from the highest to the lowest: what is there already stays.
  void take(const InputLayer& layer);
  /// Null if no layer has it. Valid as long as this object.
  [[nodiscard]] const Assignment* find(std::string_view option) const;
  /// Adds an error of the option's value, with where that came from.
  void fail(std::string_view option, const std::string& problem);

  std::vector<std::string> errors;  ///< one line each

 private:
  std::map<std::string, Assignment, std::less<>> assignments_;
};

}  // namespace tickcache::options
