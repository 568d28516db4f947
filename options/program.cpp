#include "options/program.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>

namespace tickcache::options {

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
