#include "options/program.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace tickcache::options {

std::string version_text(const Texts& texts) {
  return texts.name + std::string(" " TICKCACHE_VERSION "\n");
}

std::string help_text(const Texts& texts, const Options& table) {
  return texts.introduction + help_groups(table) + "\nExit codes:\n" +
         help_list(exit_codes(texts)) + texts.examples;
}

Entries exit_codes(const Texts& texts) {
  Entries codes = {{"0", "stopped as requested, or printed what was requested"},
                   {"1", texts.failure}};
  codes.insert(codes.end(), texts.more_exit_codes.begin(), texts.more_exit_codes.end());
  codes.push_back({"78", "the configuration is wrong"});
  return codes;
}

Inputs process_inputs(const Texts& texts, int argc, const char* const* argv) {
  const auto variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return {{argv + (argc > 0 ? 1 : 0), argv + argc}, variable, texts.default_file};
}

void forbid_core_files() {
  const rlimit one{1, 1};
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &one) != 0) setrlimit(RLIMIT_CORE, &none);
}

void hold_standard_streams() {
  int fd = 0;
  do {
    fd = open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

bool print(const char* program, const std::string& text) {
  const bool written = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  if (!written) std::perror((std::string(program) + ": cannot write to standard output").c_str());
  return written;
}

}  // namespace tickcache::options
