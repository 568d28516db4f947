#include "options/completion.hpp"

#include <algorithm>
#include <filesystem>

#include "options/text.hpp"

namespace tickcache::options {
namespace {

constexpr const char* kFiles = ":files";

/// Those of this machine that are named like the default.
Offers segments() {
  Offers offers;
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator("/dev/shm", none)) {
    const std::string name = file.path().filename();
    if (name.starts_with("tickcache") && !name.ends_with(".lock") && !name.ends_with(".next"))
      offers.push_back({name});
  }
  return offers;
}

Offers values_of(const Option& option) {
  if (option.value == "FILE") return {{kFiles}};
  if (option.name == "segment") return segments();
  Offers offers;
  for (std::string& word : split(option.value == "[=BOOL]" ? "true false" : option.choices))
    offers.push_back({std::move(word)});
  return offers;
}

}  // namespace

Cursor find_cursor(const Options& options, const std::vector<std::string>& words) {
  std::vector<std::string> joined;
  bool value_apart = false;  // the shell treats the value at the cursor as a separate word
  for (std::size_t i = 0; i < words.size(); ++i) {
    value_apart = words[i] == "=" && !joined.empty();
    if (!value_apart) {
      joined.push_back(words[i]);
    } else {
      joined.back() += "=" + (i + 1 < words.size() ? words[++i] : "");
    }
  }
  Cursor cursor;
  if (joined.empty()) return cursor;
  cursor.typed = std::move(joined.back());
  joined.pop_back();
  cursor.before = parse_command_line(options, joined);
  cursor.option = cursor.before.unfinished;
  const std::size_t equals = cursor.typed.find('=');
  if (cursor.option == nullptr && cursor.typed.starts_with("--") && equals != std::string::npos) {
    for (const Option* option : options) {
      if (cursor.typed.substr(2, equals - 2) == option->name) cursor.option = option;
    }
    if (!value_apart) cursor.prefix = cursor.typed.substr(0, equals + 1);
    cursor.typed.erase(0, equals + 1);
  }
  return cursor;
}

Offers option_offers(const Options& options, const Cursor& cursor) {
  if (cursor.option != nullptr) return values_of(*cursor.option);
  Offers offers;
  if (!cursor.typed.starts_with('-') || !cursor.prefix.empty()) return offers;
  for (const Option* option : options) {
    const std::size_t end = std::min(option->help.find(". "), option->help.size() - 1);
    const std::string meaning(option->help.substr(0, end));  // the first sentence
    offers.push_back({"--" + std::string(option->name), meaning});
    if (option->letter != 0) offers.push_back({std::string("-") + option->letter, meaning});
  }
  return offers;
}

std::string answer(const Cursor& cursor, const Offers& offers) {
  const std::string typed = lower_case(cursor.typed);
  std::string text;
  for (const auto& [word, meaning] : offers) {
    if (word == kFiles) return word + "\n";
    if (lower_case(word).starts_with(typed))
      text += cursor.prefix + word + (meaning.empty() ? "" : "\t" + meaning) + "\n";
  }
  return text;
}

std::optional<std::string> hidden_text(const Options& options, const Entries& exit_codes,
                                       const std::vector<std::string>& arguments) {
  if (arguments.empty()) return std::nullopt;
  if (arguments[0] == kCompleteCommand) {
    const Cursor cursor = find_cursor(options, {arguments.begin() + 1, arguments.end()});
    return answer(cursor, option_offers(options, cursor));
  }
  if (arguments[0] == kManualCommand && arguments.size() == 2) {
    return filled_page(arguments[1], {{"@OPTIONS@", manual_groups(options, Place::command_line)},
                                      {"@FILE_OPTIONS@", manual_groups(options, Place::file)},
                                      {"@EXIT_STATUS@", manual_list(exit_codes)}});
  }
  return std::nullopt;
}

}  // namespace tickcache::options
