#include "redis/password.hpp"

namespace tickcache::redis {

options::SecretFile read_password(const std::string& path, std::string& out) {
  return options::read_secret_file(path, [&out](std::string_view text) -> std::string {
    if (text.empty() || text.size() > options::kLongestSecret ||
        text.find_first_of("\r\n") != text.npos) {
      return "must hold one line of 1 to 512 bytes, the password";
    }
    out = text;
    return {};
  });
}

}  // namespace tickcache::redis
