#include "options/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

namespace tickcache::options {
namespace {

using std::chrono::nanoseconds;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == text.npos; }

// Digits, and perhaps a point and 1 to 9 digits more: nine decimals are nanoseconds exactly.
std::optional<std::int64_t> fixed_point(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string fraction(text.substr(std::min(point + 1, text.size())));
  const bool well_formed = !whole.empty() && whole.size() <= 9 && all_digits(whole) &&
                           fraction.size() <= 9 && all_digits(fraction) &&
                           (point == text.size() || !fraction.empty());
  if (!well_formed) return std::nullopt;
  fraction.resize(9, '0');
  return *whole_number(whole) * kSecond + *whole_number(fraction);
}

bool within(const std::optional<std::int64_t>& value, Range range) {
  return value && *value >= range.least && *value <= range.most;
}

}  // namespace

std::string parse_bool(std::string_view text, bool& out) {
  const std::string word = lower_case(text);
  if (word == "true" || word == "on" || word == "yes" || word == "1") {
    out = true;
  } else if (word == "false" || word == "off" || word == "no" || word == "0") {
    out = false;
  } else {
    return "must be true or false";
  }
  return {};
}

std::string parse_count(std::string_view text, Range range, std::uint64_t& out) {
  const auto value = whole_number(text);
  if (within(value, range)) {
    out = static_cast<std::uint64_t>(*value);
    return {};
  }
  if (range.most == Range().most)
    return "must be a whole number of at least " + std::to_string(range.least);
  return "must be a whole number from " + std::to_string(range.least) + " to " +
         std::to_string(range.most);
}

std::string parse_seconds(std::string_view text, Range range, nanoseconds& out) {
  const auto value = fixed_point(text);
  if (!within(value, range)) {
    return "not a valid number of seconds; give one from " +
           show_seconds(nanoseconds(range.least)) + " to " + show_seconds(nanoseconds(range.most)) +
           ", without a unit and with at most 9 decimals";
  }
  out = nanoseconds(*value);
  return {};
}

std::string parse_fraction(std::string_view text, double& out) {
  const auto value = fixed_point(text);
  if (!within(value, {0, kSecond})) return "must be a number from 0 to 1, as in 0.2";
  out = static_cast<double>(*value) / kSecond;
  return {};
}

std::string parse_choice(std::string_view text, std::string_view choices, std::size_t& out) {
  const std::vector<std::string> words = split(choices);
  const auto found = std::find(words.begin(), words.end(), lower_case(text));
  if (found != words.end()) {
    out = static_cast<std::size_t>(found - words.begin());
    return {};
  }
  std::string problem = "must be " + words.front();
  for (std::size_t i = 1; i < words.size(); ++i)
    problem += (i + 1 == words.size() ? " or " : ", ") + words[i];
  return problem;
}

std::string show_bool(bool value) { return value ? "true" : "false"; }

std::string show_seconds(nanoseconds value) {
  std::string text = std::to_string(value.count() / kSecond);
  std::string fraction = std::to_string(value.count() % kSecond);
  fraction.insert(0, 9 - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) text += '.' + fraction;
  return text;
}

std::string show_fraction(double value) {
  return show_seconds(nanoseconds(std::llround(value * kSecond)));
}

}  // namespace tickcache::options
