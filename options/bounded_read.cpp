#include "options/bounded_read.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace tickcache::options {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

ReadableFile::ReadableFile(const std::string& path)
    // Without O_NONBLOCK, opening a FIFO without a writer would block.
    : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}

ReadableFile::~ReadableFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::string ReadableFile::read(std::span<char> buffer, milliseconds wait, std::size_t& size) const {
  const auto end = steady_clock::now() + wait;
  for (size = 0; size < buffer.size();) {
    const ssize_t n = ::read(fd_, buffer.data() + size, buffer.size() - size);
    if (n == 0) return {};
    if (n > 0) {
      size += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN) {
      const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
      pollfd ready{fd_, POLLIN, 0};
      if (left.count() <= 0 || ::poll(&ready, 1, static_cast<int>(left.count())) == 0) {
        return "is open for writing elsewhere, but nothing was written to it";
      }
    } else if (errno != EINTR) {
      return "cannot be read: " + system_error_text();
    }
  }
  return {};
}

std::string system_error_text() { return std::generic_category().message(errno); }

}  // namespace tickcache::options
