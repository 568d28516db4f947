// tickcached: one feed for this machine, in shared memory.
#include <spdlog/spdlog.h>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "daemon/config/option_table.hpp"
#include "daemon/config/options.hpp"
#include "daemon/core/daemon.hpp"
#include "daemon/core/signals.hpp"
#include "daemon/service/logging.hpp"
#include "options/completion.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::daemon;

/// Before there is a log.
void complain(spdlog::level::level_enum level, const char* kind, const std::string& text) {
  static const LogReader reader = find_log_reader();
  std::fprintf(stderr, "%stickcached: %s%s\n", priority_prefix(reader, level).c_str(), kind,
               text.c_str());
}

int print(const std::string& text) {
  return options::print("tickcached", text) ? kExitOk : kExitFailure;
}

int serve(const Config& config, const Inputs& inputs) {
  int exit_code = kExitFailure;
  try {
    start_logging(config.log_level, config.log_format);
  } catch (const std::exception& error) {
    complain(spdlog::level::err, "", std::string("cannot start the log: ") + error.what());
    return exit_code;
  }
  try {
    exit_code = Daemon(config, inputs).run();
  } catch (const std::exception& error) {
    spdlog::critical("{}", error.what());
  }
  finish_logging();
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  options::forbid_core_files();
  options::hold_standard_streams();
  const Inputs inputs = process_inputs(argc, argv);
  const options::Options declared = options::options_of(option_table());
  if (const auto text =
          options::hidden_text(declared, options::exit_codes(texts()), inputs.arguments)) {
    return print(*text);
  }
  const Loaded loaded = load(inputs);
  for (const std::string& text : loaded.warnings) complain(spdlog::level::warn, "warning: ", text);
  for (const std::string& text : loaded.errors) complain(spdlog::level::err, "", text);
  if (!loaded.config) return kExitConfiguration;
  const Config& config = *loaded.config;
  if (config.help) return print(options::help_text(texts(), declared));
  if (config.version) return print(options::version_text(texts()));
  if (config.check_config) return print(describe(config));
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files costs the log, not the feed
  block_signals();
  return serve(config, inputs);
}
