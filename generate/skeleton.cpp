#include "generate/skeleton.hpp"

#include <sstream>

namespace tickcache::generate {
namespace {

std::string chosen(const std::string& text, bool has_commands) {
  std::istringstream lines(text);
  std::string result;
  bool wanted = true;
  for (std::string line; std::getline(lines, line);) {
    if (line == "@IF_COMMANDS@") {
      wanted = has_commands;
    } else if (line == "@ELSE@") {
      wanted = !wanted;
    } else if (line == "@END@") {
      wanted = true;
    } else if (wanted) {
      result += line + "\n";
    }
  }
  return result;
}

}  // namespace

std::string filled(const std::string& text, const Blanks& blanks, bool has_commands) {
  std::string result = chosen(text, has_commands);
  for (const auto& [name, content] : blanks) {
    const std::string blank = "@" + name + "@";
    for (auto at = result.find(blank); at != std::string::npos;
         at = result.find(blank, at + content.size())) {
      result.replace(at, blank.size(), content);
    }
  }
  return result;
}

}  // namespace tickcache::generate
