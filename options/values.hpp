// From the text of an option to its value, and back.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "options/text.hpp"

namespace tickcache::options {

/// Both ends are included. Durations count in nanoseconds.
struct Range {
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

inline constexpr std::int64_t kSecond = 1'000'000'000;

// Each parser sets `out` and returns an empty text, or leaves `out` alone and says what is wrong
// and what would be right. Numbers are exact: nothing is rounded, no unit or blank is guessed.

/// true, on, yes, 1; false, off, no, 0; in any case.
[[nodiscard]] std::string parse_bool(std::string_view text, bool& out);
[[nodiscard]] std::string parse_count(std::string_view text, Range range, std::uint64_t& out);
/// Seconds with up to 9 decimals, as in "0.25".
[[nodiscard]] std::string parse_seconds(std::string_view text, Range range,
                                        std::chrono::nanoseconds& out);
/// A number from 0 to 1.
[[nodiscard]] std::string parse_fraction(std::string_view text, double& out);
/// The number of the word of `choices` that `text` is, in any case.
[[nodiscard]] std::string parse_choice(std::string_view text, std::string_view choices,
                                       std::size_t& out);

// What the parsers read back as the same value.
[[nodiscard]] std::string show_bool(bool value);
[[nodiscard]] std::string show_seconds(std::chrono::nanoseconds value);
[[nodiscard]] std::string show_fraction(double value);

/// The parser for the type of `out`.
template <class T>
[[nodiscard]] std::string parse_value(std::string_view text, std::string_view choices, Range range,
                                      T& out) {
  if constexpr (std::is_same_v<T, bool>) {
    return parse_bool(text, out);
  } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
    return parse_seconds(text, range, out);
  } else if constexpr (std::is_same_v<T, double>) {
    return parse_fraction(text, out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    out = text;
    return {};
  } else if constexpr (std::is_enum_v<T>) {
    auto number = static_cast<std::size_t>(out);
    std::string problem = parse_choice(text, choices, number);
    out = static_cast<T>(number);
    return problem;
  } else if constexpr (std::unsigned_integral<T>) {
    std::uint64_t number = out;
    std::string problem = parse_count(text, range, number);
    out = static_cast<T>(number);
    return problem;
  } else {  // std::optional
    typename T::value_type value{};
    std::string problem = parse_value(text, choices, range, value);
    if (problem.empty()) out = value;
    return problem;
  }
}

template <class T>
[[nodiscard]] std::string show_value(const T& value, std::string_view choices) {
  if constexpr (std::is_same_v<T, bool>) {
    return show_bool(value);
  } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
    return show_seconds(value);
  } else if constexpr (std::is_same_v<T, double>) {
    return show_fraction(value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (std::is_enum_v<T>) {
    return split(choices).at(static_cast<std::size_t>(value));
  } else if constexpr (std::unsigned_integral<T>) {
    return std::to_string(value);
  } else {  // std::optional
    return value ? show_value(*value, choices) : std::string();
  }
}

}  // namespace tickcache::options
