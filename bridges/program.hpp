// What each bridge's program does until it serves: it loads its options, and prints what is asked
// for.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridges/general.hpp"
#include "options/completion.hpp"
#include "options/option.hpp"
#include "options/program.hpp"
#include "options/secret_file.hpp"
#include "options/setting.hpp"
#include "options/sources.hpp"
#include "options/text.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::bridges {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitConfiguration = 78;

using options::Inputs;
using options::Loaded;
using options::Texts;

/// A secret whose file an option names. Without it, the file is the systemd credential's or, for
/// --check-config, the one that the unit makes it of.
struct Secret {
  std::string_view option;
  std::string_view credential;
  std::string_view service_file;  ///< beside the configuration file
};

/// What a bridge finds out beyond single options.
class Findings {
 public:
  explicit Findings(const Inputs& inputs) : inputs_(inputs) {}

  options::Written written;
  std::vector<std::string> warnings;  ///< one line each
  std::string config_file;            ///< that was read, or need not exist

  /// Calls `read` with the secret's file, if there is one; sets `file` if it is the service's.
  void read_secret(const Secret& secret, const General& general, std::string& file,
                   const std::function<options::SecretFile(const std::string& path)>& read);

 private:
  const Inputs& inputs_;
};

/// Writes a line to standard error, in the name of the program.
void complain(const char* program, const std::string& text);
/// Not if it would wait for a reader of standard error: clients must not.
void mention(const char* program, const std::string& text);

/// What is wrong with the segment, and what the service's unit lacks.
[[nodiscard]] std::string advice(const char* program, const SegmentError& error);

/// A bridge's program.
template <class Config>
struct Program {
  Texts texts;
  std::span<const options::Setting<Config>> table;  ///< in the order of --help: grouped
  /// Reads secrets, and checks what involves several options.
  void (*check)(Config& config, Findings& findings);

  [[nodiscard]] options::Options declared() const { return options::options_of(table); }

  /// The command line comes before the environment, then the file.
  [[nodiscard]] Loaded<Config> load(const Inputs& inputs) const;

  /// The output of --check-config.
  [[nodiscard]] std::string describe(const Config& config) const;

  /// Prints what the arguments ask for, or calls `serve` with the Config, which throws if it fails.
  /// Returns the exit code.
  template <class Serve>
  [[nodiscard]] int run(int argc, const char* const* argv, Serve serve) const;
};

/// What every program that serves needs first.
void prepare_process();

template <class Config>
Loaded<Config> Program<Config>::load(const Inputs& inputs) const {
  Config config;
  Findings findings(inputs);
  options::Written& written = findings.written;
  const auto parse = [&](std::string_view name) {
    const options::Assignment* const found = written.find(name);
    if (found == nullptr) return;
    const std::string problem = options::find_named(table, name)->parse(found->value, config);
    if (!problem.empty()) written.fail(name, options::quoted(found->value) + ": " + problem);
  };
  for (const auto& option : table) static_cast<void>(option.parse(option.initial, config));
  const options::Options options = declared();
  written.take(options::read_command_line(options, inputs.arguments, texts.example));
  for (const char* name : {"help", "version", "check-config", "config"}) parse(name);
  if ((config.help || config.version) && written.errors.empty()) return {config, {}, {}};
  written.take(options::read_environment(options, inputs.environment));
  const bool is_named = !config.config_file.empty();
  findings.config_file = is_named ? config.config_file : inputs.default_file;
  written.take(options::read_file(
      options, findings.config_file,
      is_named ? options::WhenMissing::is_error : options::WhenMissing::is_empty));
  for (const auto& option : table) parse(option.name);
  check(config, findings);
  Loaded<Config> loaded{{}, std::move(written.errors), std::move(findings.warnings)};
  if (loaded.errors.empty()) loaded.config = std::move(config);
  return loaded;
}

template <class Config>
std::string Program<Config>::describe(const Config& config) const {
  std::string text;
  for (const auto& option : table) {
    if (!option.in_file) continue;
    const std::string value = option.show(config);
    text.append(option.name).append(" =").append(value.empty() ? "" : " " + value).append("\n");
  }
  return text;
}

template <class Config>
template <class Serve>
int Program<Config>::run(int argc, const char* const* argv, Serve serve) const {
  prepare_process();
  const Inputs inputs = options::process_inputs(texts, argc, argv);
  const auto print = [this](const std::string& text) {
    return options::print(texts.name, text) ? kExitOk : kExitFailure;
  };
  if (const auto text =
          options::hidden_text(declared(), options::exit_codes(texts), inputs.arguments)) {
    return print(*text);
  }
  const Loaded<Config> loaded = load(inputs);
  for (const std::string& text : loaded.warnings) complain(texts.name, "warning: " + text);
  for (const std::string& text : loaded.errors) complain(texts.name, text);
  if (!loaded.config) return kExitConfiguration;
  const Config& config = *loaded.config;
  if (config.help) return print(options::help_text(texts, declared()));
  if (config.version) return print(options::version_text(texts));
  if (config.check_config) return print(describe(config));
  try {
    serve(config);
    return kExitOk;
  } catch (const SegmentError& error) {
    complain(texts.name, advice(texts.name, error));
    return error.code() == OpenError::bad_name ? kExitConfiguration : kExitFailure;
  } catch (const std::exception& error) {
    complain(texts.name, error.what());
    return kExitFailure;
  }
}

}  // namespace tickcache::bridges
