// tickcache-relay: the cache for any program and for browsers.
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "bridges/relay/options.hpp"
#include "bridges/relay/relay.hpp"
#include "options/program.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::relay;

int print(const std::string& text) {
  return options::print("tickcache-relay", text) ? kExitOk : kExitFailure;
}

void complain(const std::string& text) {
  std::fprintf(stderr, "tickcache-relay: %s\n", text.c_str());
}

/// Not if it would wait for a reader of standard error: clients must not.
void mention(const std::string& text) {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) == 1 && (out.revents & POLLOUT) != 0) complain(text);
}

/// Each client takes a descriptor.
void allow_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(Config config) {
  try {
    Relay relay(std::move(config));
    const auto where = relay.endpoint();
    const options::Endpoint listening{where.address().to_string(), where.port()};
    complain("listening on http://" + listening.text());
    relay.report_to(mention);
    relay.run();
    return kExitOk;
  } catch (const SegmentError& error) {
    complain(advice(error));
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
  allow_descriptors();
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
