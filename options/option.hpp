// The declaration of an option. Parsing, --help, suggestions, completion, the manual pages and the
// tests are derived from it.
#pragma once

#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::options {

inline constexpr std::int64_t kSecond = 1'000'000'000;

/// Inclusive. Durations are in nanoseconds.
struct Range {
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// Effect of a changed value when a running program reloads its configuration.
enum class Reload : std::uint8_t {
  applies,        ///< takes effect
  needs_restart,  ///< takes effect at the next start
  ignored,        ///< has no meaning for a running program, such as --help
};

/// Declare one with designated initialisers for the members that differ from the defaults.
struct Option {
  std::string_view name{};         ///< on the command line and in the file
  char letter = 0;                 ///< the short form; 0: none
  std::string_view value{};        ///< the value's name; empty: a switch; "[=BOOL]": optional
  std::string_view choices{};      ///< the accepted words, separated by blanks; empty: any value
  Range range{};                   ///< of a number
  std::string_view initial{};      ///< the default, as text; empty: none
  std::string_view environment{};  ///< the environment variable; empty: none
  std::string_view group{};        ///< the heading in --help
  bool in_file = true;             ///< false: on the command line only
  Reload reload = Reload::applies;
  std::string_view help{};  ///< sentences; completion shows only the first
};

/// Options of a program, or of one of its commands, in the order of --help.
using Options = std::vector<const Option*>;

template <class Table>
[[nodiscard]] Options options_of(const Table& table) {
  Options options;
  for (const auto& option : table) options.push_back(&option);
  return options;
}

/// The element with exactly that name, or null.
template <class Table>
[[nodiscard]] auto find_named(const Table& table, std::string_view name)
    -> decltype(&*std::begin(table)) {
  for (const auto& element : table) {
    if (element.name == name) return &element;
  }
  return nullptr;
}

/// `unknown option '--jsn'; did you mean '--json'?` Pass only the name: the value of an unknown
/// option could be a secret, such as a key.
[[nodiscard]] std::string unknown_option(const Options& options, std::string_view written);

}  // namespace tickcache::options
