// The command line, read and checked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

struct CommandSpec;
class Output;

enum class Color : std::uint8_t { automatic, always, never };
enum class Sort : std::uint8_t { name, age, updates };

/// The defaults of options are in the option table: parse_arguments() sets them.
struct Arguments {
  const CommandSpec* command = nullptr;
  std::vector<std::string> words;  ///< what follows the command, options aside

  std::string segment;
  bool json = false;
  Color color = Color::automatic;
  bool help = false;
  bool version = false;
  bool price_only = false;
  Sort sort = Sort::name;
  std::string file;  ///< where the output goes; empty: standard output
  std::size_t number = 0;
  std::chrono::nanoseconds max_age = Query::kAnyAge;
  std::optional<std::chrono::nanoseconds> timeout;
  bool follow = false;
  std::optional<std::uint64_t> count;  ///< updates after which a command that follows ends
  bool latest = false;
  bool orders = false;
  bool portfolio = false;
  std::vector<std::pair<std::string, std::string>> candles;  ///< symbol, in upper case; interval

  [[nodiscard]] Query query() const noexcept { return {max_age, Query::kReadClock}; }
  /// Whether to write colours to `out`: --color, then NO_COLOR, then what `out` is.
  [[nodiscard]] bool colored(const Output& out) const noexcept;
};

/// The command line is wrong. what() says what, why, and what would be right.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `tokens` without the program's name. --help and --version give the commands `help` and
/// `version`. Throws UsageError.
[[nodiscard]] Arguments parse_arguments(const std::vector<std::string>& tokens);

}  // namespace tickcache::cli
