#include "daemon/config/api_key.hpp"

#include <fcntl.h>
#include <poll.h>
#include <string.h>  // explicit_bzero is not in <cstring>'s namespace std
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace tickcache::daemon {
namespace {

constexpr mode_t kReadableByOthers = 0004;

// One more than the longest key with its line end: what fills it is too long.
using Buffer = std::array<char, ApiKey::kMaxSize + 3>;

class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      // Without O_NONBLOCK a FIFO that nobody writes to would block the start for good.
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

std::string system_error_text() { return std::generic_category().message(errno); }

// Reads until the end or until `buffer` is full. Returns what went wrong.
std::string read_all(int fd, std::chrono::milliseconds wait, Buffer& buffer, std::size_t& size) {
  while (size < buffer.size()) {
    const ssize_t n = ::read(fd, buffer.data() + size, buffer.size() - size);
    if (n == 0) return {};
    if (n > 0) {
      size += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLIN, 0};
      if (::poll(&ready, 1, static_cast<int>(wait.count())) == 0) {
        return "is open for writing elsewhere, but nothing was written to it";
      }
    } else if (errno != EINTR) {
      return "cannot be read: " + system_error_text();
    }
  }
  return {};
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

ApiKey::ApiKey(std::string_view text) noexcept : size_(std::min(text.size(), kMaxSize)) {
  std::copy_n(text.begin(), size_, bytes_.begin());
}

ApiKey::~ApiKey() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

std::string check_api_key(std::string_view text) {
  if (text.empty()) return "is empty; it must hold the API key";
  if (text.find('\n') != text.npos) return "has more than one line; it must hold the API key only";
  if (text.size() > ApiKey::kMaxSize) return "is longer than 512 bytes, which no API key is";
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~';  // a blank is always a slip of copying
  });
  if (!printable) return "holds blanks or bytes that are not printable ASCII; an API key has none";
  return {};
}

ApiKeyFile read_api_key_file(const std::string& path, std::chrono::milliseconds fifo_wait) {
  const Descriptor file(path);
  if (file.get() < 0) return {{}, "cannot be opened: " + system_error_text(), {}};

  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return {{}, "cannot be read: " + system_error_text(), {}};
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) {
    return {{}, "is neither a regular file nor a FIFO", {}};
  }

  ApiKeyFile result;
  Buffer buffer;
  std::size_t size = 0;
  result.problem = read_all(file.get(), fifo_wait, buffer, size);
  if (result.problem.empty()) {
    const std::string_view text = without_line_end({buffer.data(), size});
    result.problem = check_api_key(text);
    if (result.problem.empty()) result.key = ApiKey(text);
  }
  ::explicit_bzero(buffer.data(), buffer.size());

  if (S_ISREG(info.st_mode) && (info.st_mode & kReadableByOthers) != 0) {
    result.warning = "can be read by every user of this machine; chmod o-r it";
  }
  return result;
}

void wipe(std::string& secret) noexcept {
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace tickcache::daemon
