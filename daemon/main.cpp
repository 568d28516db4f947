// tickcached: one feed for this machine, in shared memory.
#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "daemon/config/options.hpp"
#include "daemon/daemon.hpp"
#include "daemon/logging.hpp"
#include "daemon/signals.hpp"

namespace {

using namespace tickcache::daemon;

int report_errors(const Loaded& loaded) {
  for (const std::string& error : loaded.errors) {
    std::fprintf(stderr, "tickcached: %s\n", error.c_str());
  }
  return kExitConfiguration;
}

int print(const std::string& text) {
  const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (!written) std::perror("tickcached: cannot write to standard output");
  return written ? kExitOk : kExitFailure;
}

int serve(const Config& config, const Inputs& inputs) {
  try {
    return Daemon(config, inputs).run();
  } catch (const std::exception& error) {
    spdlog::critical("{}", error.what());
    return kExitFailure;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Inputs inputs = process_inputs(argc, argv);
  const Loaded loaded = load(inputs);
  for (const std::string& warning : loaded.warnings) {
    std::fprintf(stderr, "tickcached: warning: %s\n", warning.c_str());
  }
  if (!loaded.config) return report_errors(loaded);
  const Config& config = *loaded.config;
  if (config.help) return print(help_text());
  if (config.version) return print(version_text());
  if (config.check_config) return print(describe(config));
  std::signal(SIGPIPE, SIG_IGN);
  hold_signals(SIG_BLOCK);  // until there is somebody to handle them: Daemon::run()
  start_logging(config.log_level);
  return serve(config, inputs);
}
