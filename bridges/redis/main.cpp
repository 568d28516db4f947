// tickcache-redis: the cache for other machines.
#include <poll.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "bridges/redis/options.hpp"
#include "bridges/redis/origin.hpp"
#include "options/program.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::redis;

int print(const std::string& text) {
  return options::print("tickcache-redis", text) ? kExitOk : kExitFailure;
}

void complain(const std::string& text) {
  std::fprintf(stderr, "tickcache-redis: %s\n", text.c_str());
}

/// Not if it would wait for a reader of standard error: followers must not.
void mention(const std::string& text) {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0) complain(text);
  sd_notify(0, ("STATUS=" + text).c_str());
}

int serve(const Config& config) {
  try {
    Origin origin(config, mention);
    sd_notify(0, "READY=1");
    origin.run();
    sd_notify(0, "STOPPING=1");
    return kExitOk;
  } catch (const SegmentError& error) {
    complain(error.what());
    return error.code() == OpenError::bad_name ? kExitConfiguration : kExitFailure;
  } catch (const std::exception& error) {
    complain(error.what());
    return kExitFailure;
  }
}

}  // namespace

int main(int argc, char** argv) {
  options::forbid_core_files();
  options::hold_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (const auto text = hidden_text(arguments)) return print(*text);
  const Loaded loaded = load(arguments, [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
  for (const std::string& error : loaded.errors) complain(error);
  if (!loaded.config) return kExitConfiguration;
  const Config& config = *loaded.config;
  if (config.help) return print(help_text());
  if (config.version) return print(version_text());
  if (config.check_config) return print(describe(config));
  return serve(config);
}
