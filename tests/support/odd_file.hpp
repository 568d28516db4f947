// Things that may lie under a name where a regular file is expected.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace tickcache::test {

enum class OddFile { symlink, dangling_symlink, fifo, socket, directory };
inline constexpr OddFile kOddFiles[] = {OddFile::symlink, OddFile::dangling_symlink, OddFile::fifo,
                                        OddFile::socket, OddFile::directory};

inline const char* name_of(OddFile kind) {
  switch (kind) {
    case OddFile::symlink:
      return "symlink";
    case OddFile::dangling_symlink:
      return "dangling symlink";
    case OddFile::fifo:
      return "FIFO";
    case OddFile::socket:
      return "socket";
    case OddFile::directory:
      return "directory";
  }
  return "";
}

/// Puts one under `path`. A symlink leads to `target`.
inline bool make_odd_file(OddFile kind, const std::string& path, const std::string& target) {
  switch (kind) {
    case OddFile::symlink:
      return ::symlink(target.c_str(), path.c_str()) == 0;
    case OddFile::dangling_symlink:
      return ::symlink("/nonexistent/file", path.c_str()) == 0;
    case OddFile::fifo:
      return mkfifo(path.c_str(), 0640) == 0;
    case OddFile::directory:
      return mkdir(path.c_str(), 0750) == 0;
    case OddFile::socket:
      break;
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return bound;
}

inline void remove_odd_file(const std::string& path) {
  if (unlink(path.c_str()) != 0) rmdir(path.c_str());
}

}  // namespace tickcache::test
