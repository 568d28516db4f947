// Looking at, and spoiling, a segment as a file.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace tickcache::test {

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::string& path, const std::string& bytes, mode_t mode = 0640) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  const bool written =
      fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  if (fd >= 0) close(fd);
  if (!written) throw std::runtime_error("cannot write " + path);
}

/// Overwrites bytes of a file at `offset`.
inline void patch_file(const std::string& path, off_t offset, const std::string& bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool written = fd >= 0 && pwrite(fd, bytes.data(), bytes.size(), offset) ==
                                      static_cast<ssize_t>(bytes.size());
  if (fd >= 0) close(fd);
  if (!written) throw std::runtime_error("cannot patch " + path);
}

inline struct stat status_of(const std::string& path) {
  struct stat file {};
  if (lstat(path.c_str(), &file) != 0) file = {};
  return file;
}

inline bool exists(const std::string& path) { return status_of(path).st_ino != 0; }

}  // namespace tickcache::test
