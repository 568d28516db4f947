#include "bridges/redis/options.hpp"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "bridges/redis/option_table.hpp"
#include "options/completion.hpp"
#include "options/help.hpp"
#include "options/sources.hpp"
#include "options/text.hpp"
#include "redis/password.hpp"

namespace tickcache::redis {
namespace {

constexpr const char* kIntroduction = R"(Usage: tickcache-redis [--OPTION=VALUE]...

Publishes this machine's prices, candles, orders and portfolio in Redis, for tickcached on other
machines (url = redis://…, feed = NAME) and for any Redis client.

Options are read from the command line, environment, then file; the first wins. The file has lines
OPTION = VALUE.
)";

constexpr const char* kExamples = R"(
Examples:
  tickcache-redis --url=redis://10.0.0.5:6379 --feed=main --redis-password-file=/etc/tickcache/redis.password
  tickcache-redis --url=redis-sentinel://10.0.0.5,10.0.0.6,10.0.0.7/mymaster
  tickcached --url=redis://10.0.0.5:6379 --feed=main      (on another machine)
)";

options::Options declared() { return options::options_of(option_table()); }

const options::Entries& exit_codes() {
  static const options::Entries kExitCodes = {
      {"0", "stopped as requested, or printed what was requested"},
      {"1", "failure, such as a segment that this user may not read"},
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
    written_.take(options::read_command_line(table, arguments, "--url=redis://127.0.0.1:6379"));
    for (const char* name : {"help", "version", "check-config", "config"}) parse(name);
    if ((config_.help || config_.version) && written_.errors.empty()) return {config_, {}};
    written_.take(options::read_environment(table, variable));
    using options::WhenMissing;
    const bool is_named = !config_.config_file.empty();
    const std::string file = is_named ? config_.config_file : default_file;
    written_.take(
        options::read_file(table, file, is_named ? WhenMissing::is_error : WhenMissing::is_empty));
    for (const Option& option : option_table()) parse(option.name);
    if (config_.password_file.empty()) {
      config_.password_file = service_password_file(variable, file);
    }
    if (!config_.password_file.empty()) {
      const std::string problem = read_password(config_.password_file, config_.password).problem;
      if (!problem.empty()) {
        written_.fail("redis-password-file",
                      options::quoted(config_.password_file) + ": " + problem);
      }
    }
    if (!written_.errors.empty()) return {std::nullopt, std::move(written_.errors)};
    return {std::move(config_), {}};
  }

 private:
  void parse(std::string_view name) {
    const options::Assignment* const found = written_.find(name);
    if (found == nullptr) return;
    const std::string problem =
        options::find_named(option_table(), name)->parse(found->value, config_);
    if (!problem.empty()) written_.fail(name, options::quoted(found->value) + ": " + problem);
  }

  /// The credential of the service, or the file that its unit makes it of, for --check-config.
  /// Empty if this user may read neither, or it holds no more than a line end, as the unit's own
  /// does.
  [[nodiscard]] std::string service_password_file(
      const std::function<std::optional<std::string>(const std::string&)>& variable,
      std::filesystem::path config_file) const {
    std::filesystem::path file;
    if (const auto directory = variable("CREDENTIALS_DIRECTORY")) {
      file = std::filesystem::path(*directory) / "redis_password";
    } else if (config_.check_config) {
      file = config_file.replace_filename("redis.password");
    }
    std::error_code error;
    const bool has_content = std::filesystem::file_size(file, error) > 1 && !error;
    return has_content && ::access(file.c_str(), R_OK) == 0 ? file.string() : std::string();
  }

  Config config_;
  options::Written written_;
};

}  // namespace

Loaded load(const std::vector<std::string>& arguments,
            const std::function<std::optional<std::string>(const std::string&)>& variable,
            const std::string& default_file) {
  return Loader().run(arguments, variable, default_file);
}

std::string version_text() { return "tickcache-redis " TICKCACHE_VERSION "\n"; }

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

}  // namespace tickcache::redis
