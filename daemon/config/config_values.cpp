#include "daemon/config/config_values.hpp"

#include <bit>

#include "libcache/segment/segment_file.hpp"
#include "options/setting.hpp"

namespace tickcache::daemon {
namespace {

char octal_digit(std::uint32_t mode, unsigned shift) {
  return static_cast<char>('0' + ((mode >> shift) & 7U));
}

std::string join(const std::vector<std::string>& items) {
  std::string result;
  for (const std::string& item : items) result += (result.empty() ? "" : ",") + item;
  return result;
}

}  // namespace

std::string parse_mode(std::string_view text, std::uint32_t& out) {
  for (const std::uint32_t mode : {0600U, 0604U, 0640U, 0644U}) {
    const std::string shown = show_mode(mode);
    if (text == shown || text == std::string_view(shown).substr(1)) {
      out = mode;
      return {};
    }
  }
  return "must be 0600, 0604, 0640 or 0644: only the owner may write, and nobody execute";
}

std::string parse_segment_name(std::string_view text, std::string& out) {
  if (!is_segment_name(text)) {
    return "must be 1 to 200 letters, digits, '.', '_' or '-', not beginning with '.' or '-' and "
           "not ending in .next or .lock, which the daemon uses beside it";
  }
  out = text;
  return {};
}

std::string parse_tape(std::string_view text, std::uint32_t& out) {
  std::uint32_t value = 0;
  const bool is_number = options::parse_value({.range = {1024, 1U << 24U}}, text, value).empty();
  if (!is_number || !std::has_single_bit(value))
    return "must be a power of two from 1024 to 16777216";
  out = value;
  return {};
}

std::string show_symbols(const Symbols& value) {
  if (value.all) return "all";
  return value.names.empty() ? "none" : join(value.names);
}

std::string show_candles(const std::vector<CandleSeries>& value) {
  std::vector<std::string> items;
  items.reserve(value.size());
  for (const CandleSeries& series : value) items.push_back(series.symbol + ':' + series.interval);
  return items.empty() ? "none" : join(items);
}

std::string show_mode(std::uint32_t value) {
  const char digits[] = {'0', octal_digit(value, 6), octal_digit(value, 3), octal_digit(value, 0)};
  return {digits, sizeof digits};
}

}  // namespace tickcache::daemon
