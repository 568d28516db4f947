// What may stand at the cursor of a shell: the hidden command __complete of both programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "options/command_line.hpp"

namespace tickcache::options {

inline constexpr std::string_view kCompleteCommand = "__complete";

/// A word that may stand there, and its meaning.
struct Offer {
  std::string word;
  std::string meaning{};
};
using Offers = std::vector<Offer>;

/// The command line up to the cursor.
struct Cursor {
  CommandLine before;              ///< without the word at the cursor
  std::string typed;               ///< what there is of the word or value at the cursor
  std::string prefix;              ///< what the shell takes for a part of that word: "--sort="
  const Option* option = nullptr;  ///< whose value is typed; null: none
};

/// `words` are those that follow the program's name, the last of them at the cursor. bash makes
/// "=" a word of its own.
[[nodiscard]] Cursor find_cursor(const Options& options, const std::vector<std::string>& words);

/// The options, or the values of the one at the cursor; nothing if another word stands there.
[[nodiscard]] Offers option_offers(const Options& options, const Cursor& cursor);

/// The offers that begin with what is typed, in any case: a line each, a tab before the meaning.
/// The line ":files" alone asks the shell for names of files.
[[nodiscard]] std::string answer(const Cursor& cursor, const Offers& offers);

}  // namespace tickcache::options
