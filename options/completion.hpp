// Shell completion, and the hidden commands of the programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "options/command_line.hpp"
#include "options/help.hpp"

namespace tickcache::options {

inline constexpr std::string_view kCompleteCommand = "__complete";

using Offers = Entries;

/// The command line up to the cursor.
struct Cursor {
  CommandLine before;  ///< without the word at the cursor
  std::string typed;   ///< the part already typed of the word or value at the cursor
  std::string prefix;  ///< what the shell treats as part of that word, such as "--sort="
  const Option* option = nullptr;  ///< the option whose value is being typed; null: none
};

/// `words` follow the program's name; the last is at the cursor. bash makes "=" a separate word.
[[nodiscard]] Cursor find_cursor(const Options& options, const std::vector<std::string>& words);

/// The options, or the values of the option at the cursor. Empty if the cursor is at a word.
[[nodiscard]] Offers option_offers(const Options& options, const Cursor& cursor);

/// The offers that begin with the typed text, ignoring case: one per line, with a tab before the
/// meaning. A single line ":files" tells the shell to complete file names.
[[nodiscard]] std::string answer(const Cursor& cursor, const Offers& offers);

/// What a program without commands prints for `__complete WORD…`, for shell completion, and
/// `__manual PAGE`, for building its manual pages, with the lists @OPTIONS@, @FILE_OPTIONS@ and
/// @EXIT_STATUS@. Nothing if `arguments` are neither.
[[nodiscard]] std::optional<std::string> hidden_text(const Options& options,
                                                     const Entries& exit_codes,
                                                     const std::vector<std::string>& arguments);

}  // namespace tickcache::options
