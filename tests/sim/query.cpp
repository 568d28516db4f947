#include "sim/query.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>

namespace tickcache::sim {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = std::tolower(static_cast<unsigned char>(c));
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

std::string decoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                        hex_digit(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

// Takes the text up to the mark off the front, and the mark with it.
std::string_view take_until(std::string_view& text, char mark) {
  const std::string_view part = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

}  // namespace

Target::Target(std::string_view target) : path_(decoded(take_until(target, '?'), false)) {
  while (!target.empty()) {
    std::string_view part = take_until(target, '&');
    const std::string_view name = take_until(part, '=');
    query_.emplace_back(decoded(name, true), decoded(part, true));
  }
}

std::optional<std::string> Target::find(std::string_view name) const {
  for (const auto& [key, value] : query_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Target::list(std::string_view name) const {
  std::vector<std::string> parts;
  const std::string text = value(name);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view part = take_until(rest, ',');
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

}  // namespace tickcache::sim
