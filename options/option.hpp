// The declaration of an option. Parsing, --help, suggestions, completion, the manual pages and the
// tests take what they need to know from it.
#pragma once

#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tickcache::options {

inline constexpr std::int64_t kSecond = 1'000'000'000;

/// Both ends are included. Durations count in nanoseconds.
struct Range {
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

/// What happens to a changed value when a running program reads its configuration again.
enum class Reload : std::uint8_t {
  applies,        ///< the running program takes it
  needs_restart,  ///< the old value stays until then
  ignored,        ///< it says what to read or to print, not how to run
};

/// Designated initialisers name what differs from the defaults.
struct Option {
  std::string_view name{};         ///< on the command line and in the file
  char letter = 0;                 ///< its short form; 0: none
  std::string_view value{};        ///< the value's name; empty: a switch; "[=BOOL]": optional
  std::string_view choices{};      ///< the words it takes, separated by blanks; empty: any value
  Range range{};                   ///< of a number
  std::string_view initial{};      ///< the default, as it would be written; empty: none
  std::string_view environment{};  ///< the variable that sets it; empty: none
  std::string_view group{};        ///< its heading in --help
  bool in_file = true;             ///< false: on the command line only
  Reload reload = Reload::applies;
  std::string_view help{};  ///< sentences, the first of them enough for a completion
};

/// Options of a program, or of one of its commands, in the order of --help.
using Options = std::vector<const Option*>;

template <class Table>
[[nodiscard]] Options options_of(const Table& table) {
  Options options;
  for (const auto& option : table) options.push_back(&option);
  return options;
}

/// The element of exactly that name, or null.
template <class Table>
[[nodiscard]] auto find_named(const Table& table, std::string_view name)
    -> decltype(&*std::begin(table)) {
  for (const auto& element : table) {
    if (element.name == name) return &element;
  }
  return nullptr;
}

/// `unknown option '--jsn'; did you mean '--json'?` Of what was written, give the name alone: after
/// a name that is unknown, a value may be anything, such as a key.
[[nodiscard]] std::string unknown_option(const Options& options, std::string_view written);

}  // namespace tickcache::options
