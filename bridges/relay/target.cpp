#include "bridges/relay/target.hpp"

#include <algorithm>
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

}  // namespace

std::string_view Target::operator[](std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string_view() : found->second;
}

std::optional<Target> parse_target(std::string_view text) {
  Target target;
  const std::size_t mark = text.find('?');
  for (const std::string& part : items_of(text.substr(0, mark), '/')) {
    auto segment = decoded(part, false);
    if (!segment) return std::nullopt;
    target.path.push_back(std::move(*segment));
  }
  if (mark == text.npos) return target;
  for (const std::string& part : items_of(text.substr(mark + 1), '&')) {
    const std::size_t equals = std::min(part.find('='), part.size());
    auto name = decoded(part.substr(0, equals), true);
    auto value = decoded(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value) return std::nullopt;
    target.query[std::move(*name)] = std::move(*value);
  }
  return target;
}

std::vector<std::string> items_of(std::string_view list, char separator) {
  std::vector<std::string> items = options::split(list, separator);
  std::erase(items, std::string());
  return items;
}

}  // namespace tickcache::relay
