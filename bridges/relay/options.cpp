#include "bridges/relay/options.hpp"

#include "bridges/relay/option_table.hpp"

namespace tickcache::relay {
namespace {

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
      option_table(),
      check};
  return kProgram;
}

}  // namespace tickcache::relay
