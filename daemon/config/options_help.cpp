// What --version and --help print.
#include <boost/program_options.hpp>
#include <sstream>

#include "daemon/config/option_table.hpp"
#include "daemon/config/options.hpp"

namespace tickcache::daemon {
namespace {

namespace po = boost::program_options;

constexpr unsigned kColumns = 100;
constexpr unsigned kDescriptionColumns = 60;

constexpr const char* kIntroduction = R"(Usage: tickcached [--OPTION=VALUE]...

Keeps one connection to the exchange and the latest of its data in shared memory, for every
process on this machine.

Each option may stand on the command line, in the environment where a variable is named, or, except
for --config and what follows it, in the file (OPTION = VALUE); they are looked for in this order.
)";

constexpr const char* kEnd = R"(
Exit codes:
  0   stopped as asked, or printed what was asked for
  1   failure
  77  the exchange rejected the API key
  78  the configuration is wrong

Examples:
  tickcached --url=wss://exchange.example --api-key-file=/etc/tickcache/api-key
  tickcached --symbols=BTCUSDT,ETHUSDT --candles=BTCUSDT:1m --orders=false --check-config
)";

void add_to(po::options_description& group, const Option& option) {
  // The default is only printed here; default_config() is what applies it.
  auto* value = po::value<std::string>()
                    ->value_name(std::string(option.argument))
                    ->default_value(std::string(option.default_text));
  std::string help(option.help);
  if (!option.environment.empty())
    help += " (Environment: " + std::string(option.environment) + ")";
  group.add_options()(std::string(option.name).c_str(), value, help.c_str());
}

// Program_options leaves a blank at the end of the lines that it wraps.
std::string without_blanks_at_line_ends(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') result.erase(result.find_last_not_of(' ') + 1);
    result += c;
  }
  return result;
}

}  // namespace

std::string version_text() { return "tickcached " TICKCACHE_VERSION "\n"; }

std::string help_text() {
  po::options_description all(kColumns, kDescriptionColumns);
  const auto table = option_table();
  for (auto option = table.begin(); option != table.end();) {
    const OptionGroup group = option->group;
    po::options_description description(std::string(heading(group)), kColumns, kDescriptionColumns);
    for (; option != table.end() && option->group == group; ++option) {
      add_to(description, *option);
    }
    all.add(description);
  }
  std::ostringstream text;
  text << kIntroduction << all << kEnd;
  return without_blanks_at_line_ends(text.str());
}

}  // namespace tickcache::daemon
