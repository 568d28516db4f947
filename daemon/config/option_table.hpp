// Every option of tickcached, once: the command line, the file, the defaults, --help, the printed
// configuration and whatever is generated for packages derive from this table.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "daemon/config/config.hpp"

namespace tickcache::daemon {

/// The headings of --help, in its order.
enum class OptionGroup : std::uint8_t {
  upstream,
  subscriptions,
  segment,
  timing,
  logging_and_metrics,
  general,
};

/// What becomes of a changed value when the configuration is read again.
enum class Reload : std::uint8_t {
  applies,        ///< to the running daemon
  needs_restart,  ///< kept until then
  ignored,        ///< it says what to read or to print, not how to run
};

struct Option {
  std::string_view name;
  std::string_view argument;     ///< as --help calls it; "[=BOOL]" if it may be left out
  std::string_view environment;  ///< the variable that sets it; empty: none
  std::string_view default_text;
  OptionGroup group;
  bool in_file;  ///< false: on the command line only
  Reload reload;
  std::string_view help;
  /// Stores the value that `text` means, or returns what is wrong with it and what would be right.
  std::string (*parse)(std::string_view text, Config& config);
  /// The value as `text` of parse; of the key, where it came from.
  std::string (*show)(const Config& config);

  [[nodiscard]] bool is_bool() const { return argument.starts_with('['); }
};

/// In the order of --help: grouped.
[[nodiscard]] std::span<const Option> option_table();

/// The option of exactly that name, or null.
[[nodiscard]] const Option* find_option(std::string_view name);

/// "; did you mean 'symbols'?" for a name that is close to an option's, else an empty text.
[[nodiscard]] std::string suggestion_for(std::string_view unknown_name);

[[nodiscard]] std::string_view heading(OptionGroup group);

}  // namespace tickcache::daemon
