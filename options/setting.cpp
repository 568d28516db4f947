#include "options/setting.hpp"

#include <algorithm>
#include <cmath>

#include "options/text.hpp"

namespace tickcache::options {
namespace {

using std::chrono::nanoseconds;
using Text = std::string_view;

bool all_digits(Text text) { return text.find_first_not_of("0123456789") == text.npos; }

// Digits, and perhaps a point and 1 to 9 digits more: nine decimals are nanoseconds exactly.
std::optional<std::int64_t> fixed_point(Text text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const Text whole = text.substr(0, point);
  std::string fraction(text.substr(std::min(point + 1, text.size())));
  const bool well_formed = !whole.empty() && whole.size() <= 9 && all_digits(whole) &&
                           fraction.size() <= 9 && all_digits(fraction) &&
                           (point == text.size() || !fraction.empty());
  if (!well_formed) return std::nullopt;
  fraction.resize(9, '0');
  return *number<std::int64_t>(whole) * kSecond + *number<std::int64_t>(fraction);
}

bool within(const std::optional<std::int64_t>& value, Range range) {
  return value && *value >= range.least && *value <= range.most;
}

/// "a, b or c"
std::string alternatives(const std::vector<std::string>& words) {
  std::string text = words.front();
  for (std::size_t i = 1; i < words.size(); ++i)
    text += (i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

std::string show_billionths(std::int64_t value) {
  std::string text = std::to_string(value / kSecond);
  std::string fraction = std::to_string(value % kSecond);
  fraction.insert(0, 9 - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? text : text + '.' + fraction;
}

}  // namespace

std::string parse_value(const Option&, Text text, bool& out) {
  const std::string word = lower_case(text);
  const auto is = [&](std::initializer_list<Text> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  const bool value = is({"true", "on", "yes", "1"});
  if (!value && !is({"false", "off", "no", "0"})) return "must be true or false";
  out = value;
  return {};
}

std::string parse_value(const Option& option, Text text, nanoseconds& out) {
  const auto value = fixed_point(text);
  if (!within(value, option.range)) {
    return "not a valid number of seconds; give one from " + show_billionths(option.range.least) +
           " to " + show_billionths(option.range.most) +
           ", without a unit and with at most 9 decimals";
  }
  out = nanoseconds(*value);
  return {};
}

std::string parse_value(const Option&, Text text, double& out) {
  const auto value = fixed_point(text);
  if (!within(value, {0, kSecond})) return "must be a number from 0 to 1, as in 0.2";
  out = static_cast<double>(*value) / kSecond;
  return {};
}

std::string parse_value(const Option&, Text text, std::string& out) {
  out = text;
  return {};
}

std::string parse_value(const Option& option, Text text, std::int64_t& out) {
  const auto& [least, most] = option.range;
  const std::vector<std::string> words = split(option.choices);
  const auto word = std::find(words.begin(), words.end(), lower_case(text));
  if (!words.empty() && word == words.end()) return "must be " + alternatives(words);
  const auto value = words.empty() ? number<std::int64_t>(text) : word - words.begin();
  if (!within(value, option.range)) {
    return "must be a whole number " +
           (most == Range().most ? "of at least " + std::to_string(least)
                                 : "from " + std::to_string(least) + " to " + std::to_string(most));
  }
  out = *value;
  return {};
}

std::string show_value(const Option&, bool value) { return value ? "true" : "false"; }

std::string show_value(const Option&, nanoseconds value) { return show_billionths(value.count()); }

std::string show_value(const Option&, double value) {
  return show_billionths(std::llround(value * kSecond));
}

std::string show_value(const Option&, const std::string& value) { return value; }

std::string show_value(const Option& option, std::int64_t value) {
  return option.choices.empty() ? std::to_string(value)
                                : split(option.choices).at(static_cast<std::size_t>(value));
}

}  // namespace tickcache::options
