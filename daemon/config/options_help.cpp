// What --version, --help and the hidden commands print.

#include "daemon/config/option_table.hpp"
#include "daemon/config/options.hpp"
#include "options/completion.hpp"
#include "options/help.hpp"

namespace tickcache::daemon {
namespace {

constexpr const char* kIntroduction = R"(Usage: tickcached [--OPTION=VALUE]...

Keeps one connection to the exchange and its latest data in shared memory, for every process on this
machine.

Options are read from the command line, environment, then file; the first wins. The file has lines
OPTION = VALUE. Options under General are for the command line only.
)";

constexpr const char* kExamples = R"(
Examples:
  tickcached --url=wss://exchange.example --api-key-file=/etc/tickcache/api-key
  tickcached --symbols=BTCUSDT,ETHUSDT --candles=BTCUSDT:1m --orders=false --check-config
)";

options::Options declared() { return options::options_of(option_table()); }

const options::Entries& exit_codes() {
  static const options::Entries kExitCodes = {
      {"0", "stopped as requested, or printed what was requested"},
      {"1", "failure"},
      {"77", "the exchange rejected the API key or suspended the account"},
      {"78", "the configuration is wrong"}};
  return kExitCodes;
}

}  // namespace

std::string version_text() { return "tickcached " TICKCACHE_VERSION "\n"; }

std::string help_text() {
  return kIntroduction + options::help_groups(declared()) + "\nExit codes:\n" +
         options::help_list(exit_codes()) + kExamples;
}

std::optional<std::string> hidden_text(const std::vector<std::string>& arguments) {
  return options::hidden_text(declared(), exit_codes(), arguments);
}

}  // namespace tickcache::daemon
