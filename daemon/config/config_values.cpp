#include "daemon/config/config_values.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <optional>

#include "libcache/segment_file.hpp"

namespace tickcache::daemon {
namespace {

std::optional<std::uint32_t> whole_number(std::string_view text, int base = 10) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string join(const std::vector<std::string>& items) {
  std::string result;
  for (const std::string& item : items) result += (result.empty() ? "" : ",") + item;
  return result;
}

}  // namespace

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

std::string parse_tape(std::string_view text, std::uint32_t& out) {
  constexpr std::uint32_t kLeast = 1024;
  constexpr std::uint32_t kMost = 1U << 24U;
  const auto value = whole_number(text);
  if (!value || *value < kLeast || *value > kMost || !std::has_single_bit(*value)) {
    return "must be a power of two from " + std::to_string(kLeast) + " to " + std::to_string(kMost);
  }
  out = *value;
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
  std::array<char, 12> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 8).ptr;
  return '0' + std::string(digits.data(), end);
}

}  // namespace tickcache::daemon
