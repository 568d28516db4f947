#include "options/secret_file.hpp"

#include <string.h>  // explicit_bzero is not in <cstring>'s namespace std
#include <sys/stat.h>

#include <array>

#include "options/bounded_read.hpp"

namespace tickcache::options {
namespace {

constexpr mode_t kReadableByOthers = 0004;

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

SecretFile read_secret_file(const std::string& path, const SecretCheck& take,
                            std::chrono::milliseconds fifo_wait) {
  const ReadableFile file(path);
  if (!file.is_open()) return {"cannot be opened: " + system_error_text(), {}};

  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return {"cannot be read: " + system_error_text(), {}};
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) {
    return {"is neither a regular file nor a FIFO", {}};
  }

  SecretFile result;
  // One more than the longest secret with its line end: what fills it is too long.
  std::array<char, kLongestSecret + 3> buffer;
  std::size_t size = 0;
  result.problem = file.read(buffer, fifo_wait, size);
  if (result.problem.empty()) result.problem = take(without_line_end({buffer.data(), size}));
  ::explicit_bzero(buffer.data(), buffer.size());

  if (S_ISREG(info.st_mode) && (info.st_mode & kReadableByOthers) != 0) {
    result.warning = "can be read by every user of this machine; chmod o-r it";
  }
  return result;
}

}  // namespace tickcache::options
