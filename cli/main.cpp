// tickcache: the command line to the segment.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <system_error>

#include "cli/commands/commands.hpp"
#include "cli/help.hpp"
#include "cli/print/text.hpp"
#include "options/completion.hpp"
#include "options/help.hpp"

namespace tickcache::cli {
namespace {

/// What a shell reports for a process that SIGPIPE ended, as it does unless that is ignored.
constexpr int kBrokenPipe = 128 + 13;

/// The kernel lets no signal end a container's first process by default.
void end_on_signals_as_first_process() {
  if (getpid() != 1) return;
  for (const int number : {SIGHUP, SIGINT, SIGTERM}) {
    std::signal(number, [](int signal) { _exit(128 + signal); });
  }
}

int run(const std::vector<std::string>& tokens) {
  if (tokens.empty()) {
    std::fputs(program_help().c_str(), stderr);
    return static_cast<int>(ExitCode::usage);
  }
  Output out(1);
  ExitCode code = ExitCode::ok;
  if (tokens[0] == options::kCompleteCommand) {
    out.write(completions({tokens.begin() + 1, tokens.end()}));
  } else if (tokens[0] == options::kManualCommand && tokens.size() == 2) {
    out.write(manual_page(tokens[1]));
  } else {
    const Arguments arguments = parse_arguments(tokens);
    code = arguments.command->run(arguments, out);
  }
  out.flush();
  return static_cast<int>(code);
}

int fail(ExitCode code, std::string_view text) {
  complain(text);
  return static_cast<int>(code);
}

int guarded(const std::vector<std::string>& tokens) {
  try {
    return run(tokens);
  } catch (const UsageError& error) {
    return fail(ExitCode::usage, std::string(error.what()) + " (see \"tickcache help\")");
  } catch (const SegmentError& error) {
    const bool misnamed = error.code() == OpenError::bad_name;
    return fail(misnamed ? ExitCode::usage : ExitCode::error, printable(error.what()));
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::broken_pipe) return kBrokenPipe;
    return fail(ExitCode::error, "cannot write the output: " + error.code().message());
  } catch (const std::exception& error) {
    return fail(ExitCode::error, printable(error.what()));
  }
}

}  // namespace
}  // namespace tickcache::cli

int main(int argc, char** argv) {
  tickcache::cli::end_on_signals_as_first_process();
  return tickcache::cli::guarded(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
