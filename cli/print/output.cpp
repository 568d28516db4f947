#include "cli/print/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace tickcache::cli {

void Output::flush() {
  std::string_view rest = pending_;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      pending_.clear();  // Do not retry a failed write.
      throw std::system_error(error, std::generic_category());
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  pending_.clear();
}

bool Output::is_abandoned() const noexcept {
  pollfd end{fd_, 0, 0};  // what is always reported: errors and hang-ups
  return poll(&end, 1, 0) > 0 && (end.revents & (POLLERR | POLLHUP)) != 0;
}

bool Output::is_smart_terminal() const noexcept {
  const char* kind = std::getenv("TERM");
  return isatty(fd_) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

void complain(std::string_view text) {
  std::fprintf(stderr, "tickcache: %.*s\n", static_cast<int>(text.size()), text.data());
}

}  // namespace tickcache::cli
