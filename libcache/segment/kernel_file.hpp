// Reads small files of the kernel's.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

namespace tickcache {

/// Reads what the file at `path` holds, up to N bytes, into `buffer`, and sets `out` to it: to
/// nothing if there is no such file here. Returns 0, or errno if it cannot be read now.
template <std::size_t N>
int read_kernel_file(const char* path, char (&buffer)[N], std::string_view& out) noexcept {
  out = {};
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno == ENOENT || errno == EACCES ? 0 : errno;
  ssize_t size = -1;
  do size = read(fd, buffer, N);
  while (size < 0 && errno == EINTR);
  const int error_number = size < 0 ? errno : 0;
  close(fd);
  if (size > 0) out = {buffer, static_cast<std::size_t>(size)};
  return error_number;
}

}  // namespace tickcache
