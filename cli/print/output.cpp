#include "cli/print/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "cli/print/text.hpp"

namespace tickcache::cli {
namespace {

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw std::runtime_error("cannot write \"" + printable(path) + "\": " + why);
}

/// The file that `path` leads to. A link that another user has planted, as in /tmp, is not
/// followed: it would have us overwrite a file that they may not.
std::filesystem::path followed(std::filesystem::path path, const std::string& given) {
  constexpr int kMaxLinks = 40;
  struct stat file {};
  for (int links = 0; lstat(path.c_str(), &file) == 0 && S_ISLNK(file.st_mode); ++links) {
    if (file.st_uid != geteuid() && file.st_uid != 0) {
      fail(given, "\"" + printable(path.string()) +
                      "\" is a symbolic link of another user; remove it, or write elsewhere");
    }
    std::error_code problem;
    const auto next = std::filesystem::read_symlink(path, problem);
    if (problem || links == kMaxLinks) fail(given, "it is a loop of symbolic links");
    path = path.parent_path() / next;  // an absolute one stands alone
  }
  return path;
}

/// The mode that the new file is to have.
mode_t mode_for(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) {
    const mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
  }
  // Renaming would put a file where the device or the pipe was.
  if (!S_ISREG(file.st_mode)) fail(path, "it is no regular file; redirect the output instead");
  // Another user's file must not decide who may write ours.
  return file.st_uid == geteuid() || file.st_uid == 0 ? file.st_mode & 0777 : 0600;
}

void fill(int fd, std::string_view content, mode_t mode) {
  Output out(fd);
  out.write(content);
  out.flush();
  if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
    throw std::system_error(errno, std::generic_category());
}

}  // namespace

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

void replace_file(const std::string& path, std::string_view content) {
  const std::filesystem::path target = followed(path, path);
  const mode_t mode = mode_for(target);
  std::string beside = target.parent_path() / ("." + target.filename().string() + ".XXXXXX");
  const int fd = mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) fail(path, std::generic_category().message(errno));
  std::string problem;
  try {
    fill(fd, content, mode);
  } catch (const std::system_error& error) {
    problem = error.code().message();
  }
  close(fd);
  if (problem.empty() && std::rename(beside.c_str(), target.c_str()) != 0)
    problem = std::generic_category().message(errno);
  if (problem.empty()) return;
  unlink(beside.c_str());
  fail(path, problem);
}

}  // namespace tickcache::cli
