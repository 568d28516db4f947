// An option bound to the variable that it sets.
#pragma once

#include <chrono>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "options/option.hpp"

namespace tickcache::options {

// Each parser sets `out` and returns an empty string, or leaves `out` unchanged and returns an
// error message with the accepted syntax. Numbers are never rounded; units and blanks are not
// accepted. parse_value() reads back exactly what show_value() writes.

/// true, on, yes, 1; false, off, no, 0; ignoring case.
[[nodiscard]] std::string parse_value(const Option& option, std::string_view text, bool& out);
/// Seconds with up to 9 decimals, as in "0.25".
[[nodiscard]] std::string parse_value(const Option& option, std::string_view text,
                                      std::chrono::nanoseconds& out);
/// A number from 0 to 1.
[[nodiscard]] std::string parse_value(const Option& option, std::string_view text, double& out);
[[nodiscard]] std::string parse_value(const Option& option, std::string_view text,
                                      std::string& out);
/// A whole number, or the index of a word among the option's choices.
[[nodiscard]] std::string parse_value(const Option& option, std::string_view text,
                                      std::int64_t& out);

[[nodiscard]] std::string show_value(const Option& option, bool value);
[[nodiscard]] std::string show_value(const Option& option, std::chrono::nanoseconds value);
[[nodiscard]] std::string show_value(const Option& option, double value);
[[nodiscard]] std::string show_value(const Option& option, const std::string& value);
[[nodiscard]] std::string show_value(const Option& option, std::int64_t value);

template <class T>
concept Number = std::is_enum_v<T> || std::unsigned_integral<T>;

template <Number T>
[[nodiscard]] std::string parse_value(const Option& option, std::string_view text, T& out) {
  auto number = static_cast<std::int64_t>(out);
  std::string problem = parse_value(option, text, number);
  out = static_cast<T>(number);
  return problem;
}

template <Number T>
[[nodiscard]] std::string show_value(const Option& option, T value) {
  return show_value(option, static_cast<std::int64_t>(value));
}

template <class T>
[[nodiscard]] std::string parse_value(const Option& option, std::string_view text,
                                      std::optional<T>& out) {
  T value{};
  std::string problem = parse_value(option, text, value);
  if (problem.empty()) out = value;
  return problem;
}

template <class T>
[[nodiscard]] std::string show_value(const Option& option, const std::optional<T>& value) {
  return value ? show_value(option, *value) : std::string();
}

/// An option and the member of `Settings` that it sets.
template <class Settings>
struct Setting : Option {
  std::string (*parse_into)(const Option&, std::string_view text, Settings&);
  std::string (*show_from)(const Option&, const Settings&);

  [[nodiscard]] std::string parse(std::string_view text, Settings& settings) const {
    return parse_into(*this, text, settings);
  }
  [[nodiscard]] std::string show(const Settings& settings) const {
    return show_from(*this, settings);
  }
};

template <class Settings, class Value>
Settings settings_of(Value Settings::*);

/// Binds an option to a member. The member's type selects parse_value() and show_value(), unless
/// kParse or kShow is given. `Settings` may be derived from the class that has the member.
template <auto kMember, auto kParse = nullptr, auto kShow = nullptr,
          class Settings = decltype(settings_of(kMember))>
constexpr auto setting(const Option& option) {
  return Setting<Settings>{option,
                           [](const Option& o, std::string_view text, Settings& settings) {
                             if constexpr (std::is_null_pointer_v<decltype(kParse)>) {
                               return parse_value(o, text, settings.*kMember);
                             } else {
                               return kParse(text, settings.*kMember);
                             }
                           },
                           [](const Option& o, const Settings& settings) {
                             if constexpr (std::is_null_pointer_v<decltype(kShow)>) {
                               return show_value(o, settings.*kMember);
                             } else {
                               return kShow(settings.*kMember);
                             }
                           }};
}

}  // namespace tickcache::options
