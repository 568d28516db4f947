#include "daemon/config/options.hpp"

#include <string.h>  // explicit_bzero is not in <cstring>'s namespace std
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "daemon/candles/interval.hpp"
#include "daemon/config/config_values.hpp"
#include "daemon/config/option_table.hpp"
#include "options/sources.hpp"
#include "options/text.hpp"
#include "redis/password.hpp"

namespace tickcache::daemon {
namespace {

using options::Assignment;
using options::Pipe;
using options::WhenMissing;

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

constexpr const char* kKeyVariable = "AGENTEXCHANGE_API_KEY";
constexpr const char* kCredentialsVariable = "CREDENTIALS_DIRECTORY";

// Shorter keys could occur by chance in unrelated texts.
constexpr std::size_t kShortestHiddenKey = 8;

bool contains(std::string_view text, const ApiKey& key) {
  return key.reveal().size() >= kShortestHiddenKey && has_key(text, key);
}

void hide(std::string& text, const ApiKey& key) {
  if (contains(text, key)) text = hide_key(text, key);
}

class Loader {
 public:
  Loader(const Inputs& inputs, const Config* running) : inputs_(inputs), running_(running) {}

  Loaded run() {
    written_.take(options::read_command_line(table_, inputs_.arguments, texts().example));
    for (const char* name : {"help", "version", "check-config", "config"}) parse(name);
    if ((config_.help || config_.version) && written_.errors.empty()) return {config_, {}, {}};

    written_.take(options::read_environment(table_, inputs_.environment));
    take_file();
    // Before the other values, so that a key which was put into one of them is recognised.
    take_key();
    for (const Option& option : option_table()) parse(option.name);
    if (config_.redis) take_redis_password();
    check_together();
    return result();
  }

 private:
  void take_file() {
    const Assignment* const named = written_.find("config");
    // Reading would block the loop, and a pipe's content from the start is gone.
    const Pipe pipe = running_ == nullptr ? Pipe::wait : Pipe::refuse;
    if (named == nullptr) {
      written_.take(options::read_file(table_, inputs_.default_file, WhenMissing::is_empty, pipe));
      if (::access(inputs_.default_file.c_str(), F_OK) == 0) {
        config_.config_file = inputs_.default_file;
      }
    } else if (named->value.empty()) {
      fail("config", "is empty; give the name of a file");
    } else {
      written_.take(options::read_file(table_, named->value, WhenMissing::is_error, pipe));
    }
  }

  void parse(std::string_view name) {
    const Assignment* const found = written_.find(name);
    if (found == nullptr || !parsed_.insert(std::string(name)).second) return;
    const std::string& value = found->value;
    if (contains(value, config_.api_key) || contains(value, key_of_variable_)) {
      fail(name, "holds the API key itself, which belongs into the file that api-key-file names");
      return;
    }
    const std::string problem = options::find_named(option_table(), name)->parse(value, config_);
    if (problem.empty()) return;
    const bool names_item = problem.starts_with('\'');  // one of a list
    fail(name, (names_item ? "" : options::quoted(value) + ": ") + problem);
  }

  void take_key() {
    std::string variable_problem;
    parse("api-key-file");
    key_of_variable_ = take_key_variable(variable_problem);
    if (!config_.api_key_file.empty()) {
      read_key_option();
    } else if (const std::string path = credential("api_key"); !path.empty()) {
      read_key(path, ApiKeySource::credential,
               "systemd credential api_key: " + options::quoted(path));
    } else if (!key_of_variable_.empty()) {
      config_.api_key = key_of_variable_;
      config_.api_key_source = ApiKeySource::environment;
    } else if (running_ != nullptr && running_->api_key_source == ApiKeySource::environment) {
      config_.api_key = running_->api_key;
      config_.api_key_source = ApiKeySource::environment;
    } else if ((config_.check_config && read_service_key()) || follows_redis()) {
      // No service runs a check, which is about what the service would find. A feed in Redis needs
      // no key; with one, readers can ask whether a key is the account's.
    } else if (!variable_problem.empty()) {
      written_.errors.push_back(std::string("environment variable ") + kKeyVariable + ": " +
                                variable_problem);
    } else {
      written_.errors.push_back(
          "no API key: give its file with api-key-file (--api-key-file=FILE or the configuration "
          "file), or the systemd credential api_key (LoadCredential=api_key:FILE), or the "
          "environment variable AGENTEXCHANGE_API_KEY");
    }
    if (!config_.api_key.empty() && !config_.api_key.reveal().starts_with("ak_")) {
      warnings_.emplace_back("the API key does not begin with 'ak_', as the exchange's keys do");
    }
  }

  void take_redis_password() {
    if (config_.redis_password_file.empty()) {
      config_.redis_password_file = credential("redis_password");
    }
    if (config_.redis_password_file.empty()) return;
    const std::string shown = options::quoted(config_.redis_password_file) + ": ";
    const options::SecretFile file =
        redis::read_password(config_.redis_password_file, config_.redis_password);
    if (!file.problem.empty()) fail("redis-password-file", shown + file.problem);
    if (!file.warning.empty()) warnings_.push_back("redis-password-file: " + shown + file.warning);
  }

  // Remove the key from the environment even if a file takes precedence: it is not needed there.
  ApiKey take_key_variable(std::string& problem) {
    std::optional<std::string> text = inputs_.environment(kKeyVariable);
    if (!text) return {};
    if (inputs_.forget) inputs_.forget(kKeyVariable);
    ApiKey key;
    if (!text->empty()) {
      problem = check_api_key(*text);
      if (problem.empty()) key = ApiKey(*text);
    }
    wipe(*text);
    return key;
  }

  // A pipe is read once, at the start: its writer wrote the key only once.
  [[nodiscard]] bool keep_key_of_pipe(const std::string& shown) {
    struct stat info {};
    if (running_ == nullptr || ::stat(config_.api_key_file.c_str(), &info) != 0 ||
        !S_ISFIFO(info.st_mode)) {
      return false;
    }
    config_.api_key = running_->api_key;
    config_.api_key_source = ApiKeySource::file;
    if (running_->api_key_source != ApiKeySource::file ||
        running_->api_key_file != config_.api_key_file) {
      warnings_.push_back(written_.find("api-key-file")->origin + ": api-key-file: " + shown +
                          ": is a pipe, which can be read only when tickcached starts; the key "
                          "stays as it is");
    }
    return true;
  }

  void read_key_option() {
    // A user who gives the key instead of a file name must not find it in a log.
    const bool is_path = config_.api_key_file.find('/') != std::string::npos;
    const std::string shown = is_path ? options::quoted(config_.api_key_file)
                                      : "the file (not named here: it may be the key)";
    if (keep_key_of_pipe(shown)) return;
    read_key(config_.api_key_file, ApiKeySource::file,
             written_.find("api-key-file")->origin + ": api-key-file: " + shown);
  }

  // The file of a credential. Empty if there is none, or if it holds no more than a line end, as
  // the units' own do.
  [[nodiscard]] std::string credential(const char* name) const {
    const auto directory = inputs_.environment(kCredentialsVariable);
    if (!directory || directory->empty()) return {};
    const std::string path = *directory + '/' + name;
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    return ::access(path.c_str(), F_OK) == 0 && (error || size != 1) ? path : std::string();
  }

  [[nodiscard]] bool follows_redis() const {
    const Assignment* const url = written_.find("url");
    return url != nullptr && redis::is_redis_url(url->value);
  }

  // False if the units of systemd/ know no key file for this configuration, or it is not there.
  bool read_service_key() {
    const std::filesystem::path standard = inputs_.default_file;
    const Assignment* const named = written_.find("config");
    const std::filesystem::path file = named == nullptr ? inputs_.default_file : named->value;
    if (file.parent_path() != standard.parent_path() || file.extension() != ".conf") return false;
    std::filesystem::path key_file = file;
    file == standard ? key_file.replace_filename("api-key") : key_file.replace_extension(".key");
    if (::access(key_file.c_str(), F_OK) != 0) return false;
    read_key(key_file, ApiKeySource::service,
             "the service's API key: " + options::quoted(key_file.native()));
    return true;
  }

  void read_key(const std::string& path, ApiKeySource source, const std::string& where) {
    const ApiKeyFile file = read_api_key_file(path);
    if (!file.problem.empty()) {
      written_.errors.push_back(where + ": " + file.problem);
      return;
    }
    config_.api_key_file = path;
    config_.api_key = file.key;
    config_.api_key_source = source;
    if (!file.warning.empty()) warnings_.push_back(where + ": " + file.warning);
  }

  // Checks that involve several options. Invalid options have already been reported.
  void check_together() {
    if (good("backoff-min", "backoff-max") && config_.backoff_min > config_.backoff_max) {
      fail(written_.find("backoff-min") != nullptr ? "backoff-min" : "backoff-max",
           "backoff-min " + shown("backoff-min") + " is longer than backoff-max " +
               shown("backoff-max") + "; it must not be");
    }
    if (good("symbols", "max-symbols") && config_.symbols.names.size() > config_.max_symbols) {
      fail(written_.find("max-symbols") != nullptr ? "max-symbols" : "symbols",
           std::to_string(config_.symbols.names.size()) + " symbols do not fit into max-symbols " +
               std::to_string(config_.max_symbols) + "; raise it or name fewer");
    }
    if (good("url", "feed") && config_.redis && config_.feed.empty()) {
      fail("url", options::quoted(config_.redis->text()) +
                      ": needs the name of the feed there; give it with feed");
    }
    if (!config_.redis) check_encryption("url", config_.url, "wss://");
    if (config_.rest_url) check_encryption("rest-url", *config_.rest_url, "https://");
    // A feed in Redis has the candles that its origin has.
    if (!config_.redis && good("symbols", "candles")) {
      for (const CandleSeries& series : config_.candles) warn_without_source(series);
    }
    const bool nothing = !config_.symbols.all && config_.symbols.names.empty() &&
                         config_.candles.empty() && !config_.orders && !config_.portfolio;
    if (nothing && good("symbols", "candles", "orders", "portfolio")) {
      warnings_.emplace_back(
          "nothing is subscribed to: symbols, candles, orders and portfolio are off");
    }
  }

  void check_encryption(const char* option, const Url& url, const char* encrypted) {
    const bool exposed = !url.tls() && !is_loopback(url.host) && !config_.allow_insecure;
    if (!exposed || !good(option, "allow-insecure")) return;
    fail(option, options::quoted(url.text()) +
                     ": would send the API key unencrypted to another machine; use " + encrypted +
                     ", or allow it with allow-insecure");
  }

  void warn_without_source(const CandleSeries& series) {
    const std::vector<std::string>& symbols = config_.symbols.names;
    const bool of_all = series.symbol == kAllSymbols;
    const bool has_ticks =
        config_.symbols.all || of_all ||
        std::find(symbols.begin(), symbols.end(), series.symbol) != symbols.end();
    const auto warn = [&](const std::string& why) {
      warnings_.push_back("the candles " + show_candles({series}) +
                          " cannot be made of ticks: " + why);
    };
    if (config_.candles_from == CandlesFrom::exchange) {
      if (of_all) warn("candles-from is exchange");
    } else if (made_interval(series.interval) == nullptr) {
      if (config_.candles_from == CandlesFrom::ticks) warn("they are only of " + made_intervals());
    } else if (!has_ticks) {
      warn("symbols has no " + series.symbol);
    }
  }

  [[nodiscard]] std::string shown(std::string_view name) const {
    return options::find_named(option_table(), name)->show(config_);
  }

  template <class... Names>
  [[nodiscard]] bool good(Names... names) const {
    return (!failed_.contains(names) && ...);
  }

  void fail(std::string_view name, const std::string& problem) {
    failed_.emplace(name);
    written_.fail(name, problem);
  }

  Loaded result() {
    Loaded loaded{std::nullopt, std::move(written_.errors), std::move(warnings_)};
    for (auto* lines : {&loaded.errors, &loaded.warnings}) {
      for (std::string& line : *lines) {
        hide(line, config_.api_key);
        hide(line, key_of_variable_);
      }
    }
    if (loaded.errors.empty()) loaded.config = config_;
    return loaded;
  }

  const options::Options table_ = options::options_of(option_table());
  const Inputs& inputs_;
  const Config* running_;
  Config config_ = default_config();
  ApiKey key_of_variable_;  // even if a file or credential takes precedence
  options::Written written_;
  std::set<std::string, std::less<>> parsed_;
  std::set<std::string, std::less<>> failed_;
  std::vector<std::string> warnings_;
};

}  // namespace

const options::Texts& texts() {
  static const options::Texts kTexts = {
      .name = "tickcached",
      .default_file = "/etc/tickcache/tickcached.conf",
      .example = "--symbols=BTCUSDT",
      .introduction = kIntroduction,
      .failure = "failure",
      .examples = kExamples,
      .more_exit_codes = {{"77", "the exchange rejected the API key or suspended the account"}}};
  return kTexts;
}

Inputs process_inputs(int argc, const char* const* argv) {
  return {options::process_inputs(texts(), argc, argv), [](const std::string& name) {
            // unsetenv() alone would leave the bytes on the initial stack, for core files and
            // /proc/PID/environ.
            if (char* value = std::getenv(name.c_str())) ::explicit_bzero(value, ::strlen(value));
            ::unsetenv(name.c_str());
          }};
}

Loaded load(const Inputs& inputs) { return Loader(inputs, nullptr).run(); }

Loaded reload(const Inputs& inputs, const Config& running) {
  return Loader(inputs, &running).run();
}

}  // namespace tickcache::daemon
