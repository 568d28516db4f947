#include "bridges/relay/options.hpp"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "bridges/relay/option_table.hpp"
#include "options/bounded_read.hpp"
#include "options/completion.hpp"
#include "options/help.hpp"
#include "options/sources.hpp"
#include "options/text.hpp"

namespace tickcache::relay {
namespace {

constexpr std::size_t kShortestToken = 16;
constexpr std::size_t kLongestToken = 512;

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

options::Options declared() { return options::options_of(option_table()); }

const options::Entries& exit_codes() {
  static const options::Entries kExitCodes = {
      {"0", "stopped as requested, or printed what was requested"},
      {"1", "failure, such as an address in use"},
      {"78", "the configuration is wrong"}};
  return kExitCodes;
}

class Loader {
 public:
  Loaded run(const std::vector<std::string>& arguments,
             const std::function<std::optional<std::string>(const std::string&)>& variable,
             const std::string& default_file) {
    for (const Option& option : option_table()) {
      static_cast<void>(option.parse(option.initial, config_));
    }
    const options::Options table = declared();
    written_.take(options::read_command_line(table, arguments, "--listen=127.0.0.1:8010"));
    for (const char* name : {"help", "version", "check-config", "config"}) parse(name);
    if ((config_.help || config_.version) && written_.errors.empty()) return {config_, {}};
    written_.take(options::read_environment(table, variable));
    using options::WhenMissing;
    const bool is_named = !config_.config_file.empty();
    const std::string file = is_named ? config_.config_file : default_file;
    written_.take(
        options::read_file(table, file, is_named ? WhenMissing::is_error : WhenMissing::is_empty));
    for (const Option& option : option_table()) parse(option.name);
    if (config_.token_file.empty()) config_.token_file = service_token_file(variable, file);
    read_token();
    check_together();
    if (!written_.errors.empty()) return {std::nullopt, std::move(written_.errors)};
    return {std::move(config_), {}};
  }

 private:
  void parse(std::string_view name) {
    const options::Assignment* const found = written_.find(name);
    if (found == nullptr) return;
    const std::string problem =
        options::find_named(option_table(), name)->parse(found->value, config_);
    if (!problem.empty()) fail(name, options::quoted(found->value) + ": " + problem);
  }

  /// The credential of the service, or the file that its unit makes it of, for --check-config.
  /// Empty if this user may read neither, or it holds no more than a line end, as the unit's own
  /// does.
  [[nodiscard]] std::string service_token_file(
      const std::function<std::optional<std::string>(const std::string&)>& variable,
      std::filesystem::path config_file) const {
    std::filesystem::path file;
    if (const auto directory = variable("CREDENTIALS_DIRECTORY")) {
      file = std::filesystem::path(*directory) / "token";
    } else if (config_.check_config) {
      file = config_file.replace_filename("relay.token");
    }
    std::error_code error;
    const bool has_content = std::filesystem::file_size(file, error) > 1 && !error;
    return has_content && ::access(file.c_str(), R_OK) == 0 ? file.string() : std::string();
  }

  void read_token() {
    if (config_.token_file.empty()) return;
    const options::ReadableFile file(config_.token_file);
    const std::string shown = options::quoted(config_.token_file);
    if (!file.is_open()) {
      return fail("token-file", shown + ": cannot be opened: " + options::system_error_text());
    }
    std::string text(kLongestToken + 2, '\0');
    std::size_t size = 0;
    const std::string problem = file.read(text, std::chrono::seconds(5), size);
    if (!problem.empty()) return fail("token-file", shown + ": " + problem);
    text.resize(size);
    if (text.ends_with('\n')) text.pop_back();
    const std::string_view token = options::trimmed(text);
    if (token.size() < kShortestToken || token.size() > kLongestToken ||
        token.find_first_of(" \t\r\n") != token.npos) {
      return fail("token-file", shown +
                                    ": must hold one secret of 16 to 512 characters without "
                                    "blanks, as `openssl rand -hex 32` makes one");
    }
    config_.token = token;
  }

  void check_together() {
    if (options::is_loopback(config_.listen.host)) return;
    if (!config_.allow_remote) {
      fail("listen", options::quoted(config_.listen.text()) +
                         ": can be reached from other machines; if that is intended, set "
                         "allow-remote and token-file, otherwise use 127.0.0.1");
    } else if (config_.token_file.empty()) {
      fail("allow-remote",
           "needs token-file, or for the service a secret in /etc/tickcache/relay.token: otherwise "
           "any machine could read everything");
    }
  }

  void fail(std::string_view name, const std::string& problem) { written_.fail(name, problem); }

  Config config_;
  options::Written written_;
};

}  // namespace

Loaded load(const std::vector<std::string>& arguments,
            const std::function<std::optional<std::string>(const std::string&)>& variable,
            const std::string& default_file) {
  return Loader().run(arguments, variable, default_file);
}

std::string version_text() { return "tickcache-relay " TICKCACHE_VERSION "\n"; }

std::string help_text() {
  return kIntroduction + options::help_groups(declared()) + "\nExit codes:\n" +
         options::help_list(exit_codes()) + kExamples;
}

std::string describe(const Config& config) {
  std::string text;
  for (const Option& option : option_table()) {
    if (!option.in_file) continue;
    const std::string value = option.show(config);
    text.append(option.name).append(" =").append(value.empty() ? "" : " " + value).append("\n");
  }
  return text;
}

std::optional<std::string> hidden_text(const std::vector<std::string>& arguments) {
  return options::hidden_text(declared(), exit_codes(), arguments);
}

}  // namespace tickcache::relay
