// The declaration of an option. Parsing, --help, suggestions, completion, the manual pages and the
// tests take what they need to know from it.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "options/values.hpp"

namespace tickcache::options {

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

/// An option and the member of `Settings` that it sets.
template <class Settings>
struct Setting : Option {
  std::string (*parse_into)(const Option&, std::string_view text, Settings&);
  std::string (*show_from)(const Option&, const Settings&);

  /// Stores the value that `text` means, or returns what is wrong with it and what would be right.
  [[nodiscard]] std::string parse(std::string_view text, Settings& settings) const {
    return parse_into(*this, text, settings);
  }
  /// The value as parse() reads it.
  [[nodiscard]] std::string show(const Settings& settings) const {
    return show_from(*this, settings);
  }
};

template <class Settings, class Value>
Settings settings_of(Value Settings::*);

/// Binds an option to a member, whose type says how it is parsed and shown (values.hpp) unless
/// there is a parser or a printer of its own.
template <auto kMember, auto kParse = nullptr, auto kShow = nullptr>
constexpr auto setting(const Option& option) {
  using Settings = decltype(settings_of(kMember));
  return Setting<Settings>{option,
                           [](const Option& o, std::string_view text, Settings& settings) {
                             if constexpr (std::is_null_pointer_v<decltype(kParse)>) {
                               return parse_value(text, o.choices, o.range, settings.*kMember);
                             } else {
                               return kParse(text, settings.*kMember);
                             }
                           },
                           [](const Option& o, const Settings& settings) {
                             if constexpr (std::is_null_pointer_v<decltype(kShow)>) {
                               return show_value(settings.*kMember, o.choices);
                             } else {
                               return kShow(settings.*kMember);
                             }
                           }};
}

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
