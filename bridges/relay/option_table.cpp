#include "bridges/relay/option_table.hpp"

#include <utility>

#include "options/setting.hpp"
#include "options/text.hpp"

namespace tickcache::relay {
namespace {

using options::setting;
using Text = std::string_view;

/// HOST:0 means a free port.
std::string parse_listen(Text text, options::Endpoint& out) {
  const bool is_any_port = text.ends_with(":0");
  options::Endpoint endpoint;
  std::string problem = options::parse_endpoint(
      is_any_port ? std::string(text.substr(0, text.size() - 1)) + '1' : std::string(text),
      endpoint);
  if (problem.empty() && !options::is_address(endpoint.host)) {
    problem = "has a host that is no address; use localhost or an address of this machine";
  }
  if (!problem.empty()) return problem;
  if (is_any_port) endpoint.port = 0;
  out = std::move(endpoint);
  return {};
}

std::string show_endpoint(const options::Endpoint& value) { return value.text(); }

/// Items between commas that `problem_with` has nothing to say against.
template <class Problem>
std::string parse_list(Text text, std::vector<std::string>& out, Problem problem_with) {
  std::vector<std::string> items;
  for (const std::string& part : options::split(text, ',')) {
    const Text item = options::trimmed(part);
    if (item.empty()) continue;
    std::string problem = problem_with(item);
    if (!problem.empty()) return problem;
    items.emplace_back(item);
  }
  out = std::move(items);
  return {};
}

std::string parse_hosts(Text text, std::vector<std::string>& out) {
  return parse_list(text, out, [](Text host) -> std::string {
    if (host.find_first_of(":/ \t*") == host.npos) return {};
    return "must be names without scheme, port and path, such as prices.example";
  });
}

std::string parse_origins(Text text, std::vector<std::string>& out) {
  return parse_list(text, out, [](Text origin) -> std::string {
    const std::size_t scheme = origin.find("://");
    const Text rest = scheme == origin.npos ? Text() : origin.substr(scheme + 3);
    if (!rest.empty() && rest.find_first_of("/ \t*") == rest.npos) return {};
    return "must be origins: a scheme and a host, and a port unless it is the usual one, such as "
           "https://desk.example";
  });
}

std::string show_list(const std::vector<std::string>& list) { return options::joined(list); }

constexpr Text kListening = "Listening";

// clang-format off
constexpr options::Setting<Config> kOwn[] = {
    setting<&Config::listen, parse_listen, show_endpoint>(
        {.name = "listen", .value = "HOST:PORT", .initial = "127.0.0.1:8010", .group = kListening,
         .help = "Address to listen on. Port 0 picks a free port, which the first message names. An "
                 "address that other machines can reach needs allow-remote."}),
    setting<&Config::allow_remote>(
        {.name = "allow-remote", .value = "[=BOOL]", .initial = "false", .group = kListening,
         .help = "Listen on an address that other machines can reach; needs token-file. Nothing is "
                 "encrypted: keys, token and prices can be read on the way."}),
    setting<&Config::token_file>(
        {.name = "token-file", .value = "FILE", .group = kListening,
         .help = "File with a secret of at least 16 characters, which each request must give as "
                 "'Authorization: Bearer TOKEN' or ?token=TOKEN. Without it, the systemd credential "
                 "token, which the service takes from /etc/tickcache/relay.token."}),
    setting<&Config::hosts, parse_hosts, show_list>(
        {.name = "hosts", .value = "LIST", .group = kListening,
         .help = "Host names that requests may use, besides localhost and addresses, such as "
                 "prices.example."}),
    setting<&Config::origins, parse_origins, show_list>(
        {.name = "origins", .value = "LIST", .group = kListening,
         .help = "Origins of web pages that may use the relay, besides its own page, such as "
                 "https://desk.example."}),
    setting<&Config::max_clients>(
        {.name = "max-clients", .value = "COUNT", .range = {1, 65536}, .initial = "1000",
         .group = kListening,
         .help = "WebSocket and event stream clients at a time. Some more connections are kept for "
                 "requests."}),
};
// clang-format on

constexpr auto kOptions =
    bridges::with_general(kOwn, "Read this file instead of /etc/tickcache/relay.conf.");

constexpr std::size_t kShortestToken = 16;

constexpr const char* kIntroduction = R"(Usage: tickcache-relay [--OPTION=VALUE]...

Serves this machine's prices, candles, orders and portfolio to any program and to browsers: by the
exchange's own WebSocket protocol, by HTTP and as a web page.

Options are read from the command line, environment, then file; the first wins. The file has lines
OPTION = VALUE.
)";

constexpr const char* kExamples = R"(
Examples:
  tickcache-relay
  tickcache-relay --listen=0.0.0.0:8010 --allow-remote --token-file=/etc/tickcache/relay.token
  curl http://127.0.0.1:8010/v1/price/BTCUSDT
)";

options::SecretFile read_token(const std::string& path, std::string& out) {
  return options::read_secret_file(path, [&out](std::string_view text) -> std::string {
    const std::string_view token = options::trimmed(text);
    if (token.size() < kShortestToken || text.size() > options::kLongestSecret ||
        token.find_first_of(" \t\r\n") != token.npos) {
      return "must hold one secret of 16 to 512 characters without blanks, as `openssl rand -hex "
             "32` makes one";
    }
    out = token;
    return {};
  });
}

void check(Config& config, bridges::Findings& findings) {
  findings.read_secret({"token-file", "token", "relay.token"}, config, config.token_file,
                       [&](const std::string& path) { return read_token(path, config.token); });
  if (options::is_loopback(config.listen.host)) return;
  if (!config.allow_remote) {
    findings.written.fail("listen",
                          options::quoted(config.listen.text()) +
                              ": can be reached from other machines; if that is intended, set "
                              "allow-remote and token-file, otherwise use 127.0.0.1");
  } else if (config.token_file.empty()) {
    findings.written.fail(
        "allow-remote",
        "needs token-file, or for the service a secret in /etc/tickcache/relay.token: otherwise "
        "any machine could read everything");
  }
}

}  // namespace

const bridges::Program<Config>& program() {
  static const bridges::Program<Config> kProgram = {
      {.name = kName,
       .default_file = "/etc/tickcache/relay.conf",
       .example = "--listen=127.0.0.1:8010",
       .introduction = kIntroduction,
       .failure = "failure, such as an address in use",
       .examples = kExamples},
      kOptions,
      check};
  return kProgram;
}

}  // namespace tickcache::relay
