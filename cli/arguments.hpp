// The options, and the parsed and checked command line.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "options/setting.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

struct CommandSpec;
class Output;

enum class Color : std::uint8_t { automatic, always, never };
enum class Sort : std::uint8_t { name, age, updates };

/// parse_arguments() sets the defaults from the option table.
struct Arguments {
  const CommandSpec* command = nullptr;
  std::vector<std::string> words;  ///< the words after the command, without options

  std::string segment;
  bool json = false;
  Color color = Color::automatic;
  bool help = false;
  bool version = false;
  bool price_only = false;
  Sort sort = Sort::name;
  std::string file;  ///< the output file; empty: standard output
  std::size_t number = 0;
  std::chrono::nanoseconds max_age = Query::kExactAge;
  std::optional<std::chrono::nanoseconds> timeout;
  bool follow = false;
  std::optional<std::uint64_t>
      count;  ///< number of updates after which a command that follows ends
  bool latest = false;
  bool orders = false;
  bool portfolio = false;
  std::vector<std::pair<std::string, std::string>> candles;  ///< symbol, in upper case; interval

  [[nodiscard]] Query query() const noexcept { return {max_age, Query::kReadClock}; }
  /// Whether to write colours to `out`: decided by --color, then NO_COLOR, then the type of `out`.
  [[nodiscard]] bool colored(const Output& out) const noexcept;
};

using Option = options::Setting<Arguments>;

/// The heading in --help for the options that every command takes.
inline constexpr std::string_view kEveryCommand = "Options of every command, before or after it";

[[nodiscard]] std::span<const Option> option_table();

/// The command line is invalid. what() says what is wrong and how to correct it.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Parses `tokens`, without the program's name. --help and --version become the commands `help` and
/// `version`. Throws UsageError.
[[nodiscard]] Arguments parse_arguments(const std::vector<std::string>& tokens);

}  // namespace tickcache::cli
