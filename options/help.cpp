#include "options/help.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "options/text.hpp"

namespace tickcache::options {
namespace {

/// "-n, --number N"
std::string on_command_line(const Option& option) {
  const std::string letter = option.letter == 0 ? "" : std::string("-") + option.letter + ", ";
  const std::string name = letter + "--" + std::string(option.name);
  const char* between = option.value.empty() || option.value.starts_with('[') ? "" : " ";
  return name + between + std::string(option.value);
}

std::string in_file(const Option& option) {
  const std::string value(option.value.starts_with('[') ? "BOOL" : option.value);
  return std::string(option.name) + " = " + value;
}

/// Sentences, then the facts.
std::string meaning_of(const Option& option) {
  std::string facts;
  const auto add = [&](std::string_view name, std::string_view fact) {
    if (!fact.empty()) facts.append(facts.empty() ? "" : "; ").append(name).append(fact);
  };
  if (!option.value.empty()) add("default: ", option.initial);  // a switch is off
  add("environment: ", option.environment);
  add("", option.reload == Reload::needs_restart ? "needs a restart" : "");
  return std::string(option.help) + (facts.empty() ? "" : " (" + facts + ")");
}

std::size_t width_of(const Entries& entries) {
  std::size_t width = 0;
  for (const Entry& entry : entries) width = std::max(width, display_width(entry.term));
  return width;
}

/// The options under each heading.
std::vector<Options> groups_of(const Options& options) {
  std::vector<Options> groups;
  for (const Option* option : options) {
    if (groups.empty() || groups.back().front()->group != option->group) groups.emplace_back();
    groups.back().push_back(option);
  }
  return groups;
}

}  // namespace

std::string help_list(const Entries& entries, std::size_t width) {
  width = std::max(width, width_of(entries));
  std::string text;
  for (const auto& [term, meaning] : entries) {
    text += "  " + term + std::string(width - display_width(term) + 2, ' ') +
            wrapped(meaning, width + 4, kHelpColumns) + "\n";
  }
  return text;
}

std::string manual_list(const Entries& entries) {
  std::string text;
  for (const auto& [term, meaning] : entries)
    text += "*" + literal(term) + "*\n\t" + literal(meaning) + "\n\n";
  return text;
}

Entries entries_of(const Options& options, Place place) {
  Entries entries;
  for (const Option* option : options) {
    if (place == Place::file && !option->in_file) continue;
    entries.push_back(
        {place == Place::file ? in_file(*option) : on_command_line(*option), meaning_of(*option)});
  }
  return entries;
}

std::string help_groups(const Options& options) {
  const std::size_t width = width_of(entries_of(options));
  std::string text;
  for (const Options& group : groups_of(options)) {
    text += "\n" + std::string(group.front()->group) + ":\n" + help_list(entries_of(group), width);
  }
  return text;
}

std::string manual_groups(const Options& options, Place place) {
  std::string text;
  for (const Options& group : groups_of(options)) {
    const std::string list = manual_list(entries_of(group, place));
    if (!list.empty()) text += "## " + std::string(group.front()->group) + "\n\n" + list;
  }
  return text;
}

std::string literal(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '*' || c == '_') result += '\\';
    result += c;
  }
  return result;
}

std::string filled_page(const std::string& path, const std::map<std::string, std::string>& lists) {
  std::ifstream page(path);
  if (!page) throw std::runtime_error("cannot read " + path);
  std::string text;
  for (std::string line; std::getline(page, line);)
    text += line.starts_with('@') ? lists.at(line) : line + "\n";
  return text;
}

}  // namespace tickcache::options
