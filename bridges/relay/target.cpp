#include "bridges/relay/target.hpp"

#include <charconv>

#include "options/text.hpp"

namespace tickcache::relay {
namespace {

std::optional<std::string> decoded(std::string_view text, bool plus_is_blank) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_blank) {
      result += ' ';
    } else if (text[i] != '%') {
      result += text[i];
    } else {
      unsigned byte = 0;
      const std::string_view hex = text.substr(i + 1, 2);
      const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), byte, 16);
      if (hex.size() != 2 || error != std::errc() || end != hex.data() + 2) return std::nullopt;
      result += static_cast<char>(byte);
      i += 2;
    }
  }
  return result;
}

/// Calls `take` for each part between separators; false if it does.
template <class Take>
bool for_each_part(std::string_view text, char separator, Take take) {
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    if (!part.empty() && !take(part)) return false;
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace

std::string_view Target::operator[](std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string_view() : found->second;
}

std::optional<Target> parse_target(std::string_view text) {
  Target target;
  const std::size_t mark = text.find('?');
  const bool path_is_good = for_each_part(text.substr(0, mark), '/', [&](std::string_view part) {
    auto segment = decoded(part, false);
    if (segment) target.path.push_back(std::move(*segment));
    return segment.has_value();
  });
  if (!path_is_good) return std::nullopt;
  if (mark == text.npos) return target;
  const bool query_is_good = for_each_part(text.substr(mark + 1), '&', [&](std::string_view part) {
    const std::size_t equals = part.find('=');
    auto name = decoded(part.substr(0, equals), true);
    auto value = decoded(equals == part.npos ? "" : part.substr(equals + 1), true);
    if (name && value) target.query[std::move(*name)] = std::move(*value);
    return name && value;
  });
  if (!query_is_good) return std::nullopt;
  return target;
}

std::vector<std::string> items_of(std::string_view list) {
  std::vector<std::string> items = options::split(list, ',');
  std::erase(items, std::string());
  return items;
}

}  // namespace tickcache::relay
