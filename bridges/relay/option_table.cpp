#include "bridges/relay/option_table.hpp"

#include "bridges/relay/target.hpp"

namespace tickcache::relay {
namespace {

using options::Reload;
using options::setting;
using Text = std::string_view;

/// HOST:0 means a free port.
std::string parse_listen(Text text, options::Endpoint& out) {
  if (!text.ends_with(":0")) return options::parse_endpoint(text, out);
  std::string problem =
      options::parse_endpoint(std::string(text.substr(0, text.size() - 1)) + '1', out);
  if (problem.empty()) out.port = 0;
  return problem;
}

std::string show_endpoint(const options::Endpoint& value) { return value.text(); }

std::string parse_list(Text text, std::vector<std::string>& out) {
  out = items_of(text);
  return {};
}

std::string show_list(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& item : list) text.append(text.empty() ? "" : ",").append(item);
  return text;
}

constexpr Text kListening = "Listening";
constexpr Text kGeneral = "General";

// clang-format off
constexpr Option kOptions[] = {
    setting<&Config::listen, parse_listen, show_endpoint>(
        {.name = "listen", .value = "HOST:PORT", .initial = "127.0.0.1:8010", .group = kListening,
         .help = "Address to listen on; port 0: a free one, which the first message tells. An address "
                 "that is not of this machine alone needs allow-remote."}),
    setting<&Config::allow_remote>(
        {.name = "allow-remote", .value = "[=BOOL]", .initial = "false", .group = kListening,
         .help = "Listen on an address that other machines reach; it needs token-file. What is sent "
                 "is not encrypted: anyone on the way can read it."}),
    setting<&Config::token_file>(
        {.name = "token-file", .value = "FILE", .group = kListening,
         .help = "File with a secret of at least 16 characters, which each request must give as "
                 "'Authorization: Bearer TOKEN' or ?token=TOKEN."}),
    setting<&Config::hosts, parse_list, show_list>(
        {.name = "hosts", .value = "LIST", .group = kListening,
         .help = "Names by which this relay may be asked, besides localhost and addresses, such as "
                 "prices.example."}),
    setting<&Config::origins, parse_list, show_list>(
        {.name = "origins", .value = "LIST", .group = kListening,
         .help = "Origins of web pages that may ask, besides the relay's own, such as "
                 "https://desk.example."}),
    setting<&Config::max_clients>(
        {.name = "max-clients", .value = "COUNT", .range = {1, 65536}, .initial = "1000",
         .group = kListening,
         .help = "WebSocket and event stream clients at a time. A few more connections are kept for "
                 "requests."}),

    setting<&Config::segment>(
        {.name = "segment", .value = "NAME", .initial = "tickcache",
         .environment = "TICKCACHE_SEGMENT", .group = kGeneral,
         .help = "Name of the shared memory segment that tickcached writes."}),
    setting<&Config::config_file>(
        {.name = "config", .value = "FILE", .group = kGeneral, .in_file = false,
         .help = "Read this file instead of /etc/tickcache/relay.conf."}),
    setting<&Config::check_config>(
        {.name = "check-config", .initial = "false", .group = kGeneral, .in_file = false,
         .help = "Print the configuration that would be in force, and exit."}),
    setting<&Config::version>(
        {.name = "version", .letter = 'V', .initial = "false", .group = kGeneral, .in_file = false,
         .help = "Print the version, and exit."}),
    setting<&Config::help>(
        {.name = "help", .letter = 'h', .initial = "false", .group = kGeneral, .in_file = false,
         .help = "Print this help, and exit."}),
};
// clang-format on

}  // namespace

std::span<const Option> option_table() { return kOptions; }

}  // namespace tickcache::relay
