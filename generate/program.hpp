// What the completions of a shell need to know of a program, from the tables that the program
// itself is made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "generate/skeleton.hpp"

namespace tickcache::generate {

/// What stands behind an option, or as a word of a command.
enum class Kind : std::uint8_t {
  none,      ///< nothing
  maybe,     ///< perhaps "=true" or "=false"
  other,     ///< something that nobody can complete
  words,     ///< one of the words given
  file,      ///< the name of a file
  segment,   ///< the name of a segment of this machine
  symbol,    ///< a symbol in the segment
  interval,  ///< of candles
  command,   ///< the name of a command
};

struct Option {
  std::string name;
  char letter = 0;
  std::string help;
  Kind kind = Kind::none;
  std::string words;                  ///< with blanks between
  std::vector<std::string> commands;  ///< that take it; empty: all

  /// With an empty name: whether every command takes it.
  [[nodiscard]] bool belongs_to(const std::string& command) const;
};

struct Command {
  std::string name;
  std::string help;
  std::vector<Kind> kinds;  ///< of its words, in their order
  bool repeats = false;     ///< the last of them may be given several times
  std::string words;        ///< of those of the kind `words`
};

struct Program {
  std::string name;
  std::vector<Option> options;
  std::vector<Command> commands;  ///< none: the program has options only

  [[nodiscard]] std::string command_names() const;  ///< with blanks between
};

/// `tickcache`, and, if it is built, `tickcached`. Throws std::runtime_error if a word that would
/// be offered is not accepted.
[[nodiscard]] Program client();
[[nodiscard]] Program daemon();

/// The blanks of a shell's skeleton.
[[nodiscard]] Blanks bash(const Program& program);
[[nodiscard]] Blanks zsh(const Program& program);
[[nodiscard]] Blanks fish(const Program& program);

/// The words between the blanks of `text`.
[[nodiscard]] std::vector<std::string> split(std::string_view text);

/// "symbol", as the scripts call it.
[[nodiscard]] std::string_view name_of(Kind kind) noexcept;

/// `text` for a shell, between single quotes.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace tickcache::generate
