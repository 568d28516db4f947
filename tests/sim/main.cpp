// tickcache-sim: the simulated platform as a program.

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "sim/command_line.hpp"
#include "sim/exchange.hpp"

namespace {

using tickcache::sim::CommandLine;
using tickcache::sim::Exchange;

void print_line(std::FILE* stream, std::string_view text) {
  std::fprintf(stream, "%.*s\n", static_cast<int>(text.size()), text.data());
  std::fflush(stream);
}

int run(CommandLine line) {
  // Blocked before there is a second thread, so that only sigwait() below ever sees them.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  if (!line.quiet) {
    line.options.log = [](std::string_view text) {
      print_line(stderr, "tickcache-sim: " + std::string(text));
    };
  }
  Exchange exchange(line.options);
  exchange.start();
  print_line(stdout, "listening on " + exchange.url());
  int signal = 0;
  sigwait(&ends, &signal);
  exchange.stop();
  if (line.summary_json) print_line(stdout, exchange.summary_json());
  return 0;
}

}  // namespace

int main(int argc, char* argv[]) {
  try {
    CommandLine line = tickcache::sim::parse_command_line(argc, argv);
    if (!line.help.empty()) {
      std::fputs(line.help.c_str(), stdout);
      return 0;
    }
    for (const std::string& error : line.errors) print_line(stderr, "tickcache-sim: " + error);
    if (!line.errors.empty()) return 2;
    return run(std::move(line));
  } catch (const std::exception& error) {
    print_line(stderr, std::string("tickcache-sim: ") + error.what());
    return 1;
  }
}
