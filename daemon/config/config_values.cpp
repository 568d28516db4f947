#include "daemon/config/config_values.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>

#include "libcache/segment_file.hpp"

namespace tickcache::daemon {
namespace {

using std::chrono::nanoseconds;

constexpr std::array<std::string_view, 5> kLogLevels = {"trace", "debug", "info", "warning",
                                                        "error"};
constexpr std::array<std::string_view, 2> kLogFormats = {"text", "json"};
constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::optional<std::uint32_t> whole_number(std::string_view text, int base = 10) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == text.npos; }

// Digits, and perhaps a point and 1 to 9 digits more: nine decimals are nanoseconds exactly.
std::optional<nanoseconds> fixed_point(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  std::string fraction(text.substr(std::min(point + 1, text.size())));
  const bool well_formed = !whole.empty() && whole.size() <= 9 && all_digits(whole) &&
                           fraction.size() <= 9 && all_digits(fraction) &&
                           (point == text.size() || !fraction.empty());
  if (!well_formed) return std::nullopt;
  fraction.resize(9, '0');
  return nanoseconds(*whole_number(whole) * kNanosecondsPerSecond + *whole_number(fraction));
}

std::string join(const std::vector<std::string>& items) {
  std::string result;
  for (const std::string& item : items) result += (result.empty() ? "" : ",") + item;
  return result;
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

std::string parse_count(std::string_view text, std::uint32_t min, std::uint32_t max,
                        std::uint32_t& out) {
  const auto value = whole_number(text);
  if (!value || *value < min || *value > max) {
    return "must be a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  }
  out = *value;
  return {};
}

std::string parse_power_of_two(std::string_view text, std::uint32_t min, std::uint32_t max,
                               std::uint32_t& out) {
  const auto value = whole_number(text);
  if (!value || *value < min || *value > max || !std::has_single_bit(*value)) {
    return "must be a power of two from " + std::to_string(min) + " to " + std::to_string(max);
  }
  out = *value;
  return {};
}

std::string parse_seconds(std::string_view text, nanoseconds min, nanoseconds max,
                          nanoseconds& out) {
  const auto value = fixed_point(text);
  if (!value || *value < min || *value > max) {
    return "must be seconds from " + show(min) + " to " + show(max) +
           ", with at most 9 digits after the point and without a unit";
  }
  out = *value;
  return {};
}

std::string parse_fraction(std::string_view text, double& out) {
  const auto value = fixed_point(text);
  if (!value || *value > std::chrono::seconds(1)) return "must be a number from 0 to 1, as in 0.2";
  out = static_cast<double>(value->count()) / kNanosecondsPerSecond;
  return {};
}

std::string parse_mode(std::string_view text, std::uint32_t& out) {
  const auto value = whole_number(text, 8);
  if (!value || text.size() < 3 || text.size() > 4 || *value > 0777) {
    return "must be three octal digits of permissions, as in 0640";
  }
  if ((*value & 0022U) != 0) return "lets group or others write; only the daemon may, as in 0640";
  if ((*value & 0600U) != 0600U) return "must let the owner read and write, as in 0640";
  if ((*value & 0111U) != 0) return "lets the segment be executed; it holds data, as in 0640";
  out = *value;
  return {};
}

std::string parse_segment_name(std::string_view text, std::string& out) {
  if (!is_segment_name(text)) {
    return "must be 1 to 200 letters, digits, '.', '_' or '-', not beginning with '.' or '-' and "
           "not ending in .next or .lock, which the daemon uses beside it";
  }
  out = text;
  return {};
}

std::string parse_log_level(std::string_view text, LogLevel& out) {
  const auto found = std::find(kLogLevels.begin(), kLogLevels.end(), lower_case(text));
  if (found == kLogLevels.end()) return "must be trace, debug, info, warning or error";
  out = static_cast<LogLevel>(found - kLogLevels.begin());
  return {};
}

std::string parse_log_format(std::string_view text, LogFormat& out) {
  const auto found = std::find(kLogFormats.begin(), kLogFormats.end(), lower_case(text));
  if (found == kLogFormats.end()) return "must be text or json";
  out = static_cast<LogFormat>(found - kLogFormats.begin());
  return {};
}

std::string show(bool value) { return value ? "true" : "false"; }

std::string show(nanoseconds value) {
  std::string text = std::to_string(value.count() / kNanosecondsPerSecond);
  std::string fraction = std::to_string(value.count() % kNanosecondsPerSecond);
  fraction.insert(0, 9 - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) text += '.' + fraction;
  return text;
}

std::string show(const Symbols& value) {
  if (value.all) return "all";
  return value.names.empty() ? "none" : join(value.names);
}

std::string show(const std::vector<CandleSeries>& value) {
  std::vector<std::string> items;
  items.reserve(value.size());
  for (const CandleSeries& series : value) items.push_back(series.symbol + ':' + series.interval);
  return items.empty() ? "none" : join(items);
}

std::string show(LogLevel value) {
  return std::string(kLogLevels.at(static_cast<std::size_t>(value)));
}

std::string show(LogFormat value) {
  return std::string(kLogFormats.at(static_cast<std::size_t>(value)));
}

std::string show_fraction(double value) {
  return show(nanoseconds(std::llround(value * kNanosecondsPerSecond)));
}

std::string show_mode(std::uint32_t value) {
  std::array<char, 12> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 8).ptr;
  return '0' + std::string(digits.data(), end);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  // Not std::tolower: the locale has no say in what a configuration means.
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace tickcache::daemon
