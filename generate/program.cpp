#include "generate/program.hpp"

#include <algorithm>
#include <sstream>

namespace tickcache::generate {

bool Option::belongs_to(const std::string& command) const {
  if (command.empty()) return commands.empty();
  return std::find(commands.begin(), commands.end(), command) != commands.end();
}

std::string Program::command_names() const {
  std::string names;
  for (const Command& command : commands) names += (names.empty() ? "" : " ") + command.name;
  return names;
}

std::vector<std::string> split(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::none:
      return "none";
    case Kind::maybe:
      return "maybe";
    case Kind::other:
      return "other";
    case Kind::words:
      return "words";
    case Kind::file:
      return "file";
    case Kind::segment:
      return "segment";
    case Kind::symbol:
      return "symbol";
    case Kind::interval:
      return "interval";
    case Kind::command:
      break;
  }
  return "command";
}

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

}  // namespace tickcache::generate
