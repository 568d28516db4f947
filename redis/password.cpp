#include "redis/password.hpp"

#include <chrono>

#include "options/bounded_read.hpp"

namespace tickcache::redis {

std::string read_password(const std::string& path, std::string& out) {
  constexpr std::size_t kLongest = 512;
  const options::ReadableFile file(path);
  if (!file.is_open()) return "cannot be opened: " + options::system_error_text();
  std::string text(kLongest + 2, '\0');
  std::size_t size = 0;
  std::string problem = file.read(text, std::chrono::seconds(5), size);
  if (!problem.empty()) return problem;
  text.resize(size);
  if (text.ends_with('\n')) text.pop_back();
  if (text.empty() || text.size() > kLongest || text.find_first_of("\r\n") != text.npos) {
    return "must hold one line of 1 to 512 bytes, the password";
  }
  out = std::move(text);
  return {};
}

}  // namespace tickcache::redis
